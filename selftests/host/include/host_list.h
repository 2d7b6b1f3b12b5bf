/* SPDX-License-Identifier: GPL-2.0-only */
/* list_head and hlist with the names of <linux/list.h>. */
#ifndef HOST_LIST_H
#define HOST_LIST_H

#undef LIST_HEAD
#undef LIST_HEAD_INIT

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

#define LIST_HEAD_INIT(name) { &(name), &(name) }
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)
#define HLIST_HEAD_INIT { NULL }

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline void list_link(struct list_head *node, struct list_head *prev, struct list_head *next)
{
	next->prev = node;
	node->next = next;
	node->prev = prev;
	prev->next = node;
}

static inline void list_add(struct list_head *node, struct list_head *head)
{
	list_link(node, head, head->next);
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	list_link(node, head->prev, head);
}

static inline void list_unlink(struct list_head *node)
{
	node->next->prev = node->prev;
	node->prev->next = node->next;
}

static inline void list_del(struct list_head *node)
{
	list_unlink(node);
	node->next = NULL;
	node->prev = NULL;
}

static inline void list_del_init(struct list_head *node)
{
	list_unlink(node);
	INIT_LIST_HEAD(node);
}

static inline int list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_move(struct list_head *node, struct list_head *head)
{
	list_unlink(node);
	list_add(node, head);
}

static inline void list_move_tail(struct list_head *node, struct list_head *head)
{
	list_unlink(node);
	list_add_tail(node, head);
}

static inline void list_splice_tail_init(struct list_head *from, struct list_head *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	INIT_LIST_HEAD(from);
}

static inline void list_splice_init(struct list_head *from, struct list_head *to)
{
	if (list_empty(from))
		return;
	from->prev->next = to->next;
	to->next->prev = from->prev;
	from->next->prev = to;
	to->next = from->next;
	INIT_LIST_HEAD(from);
}

static inline void hlist_add_head(struct hlist_node *node, struct hlist_head *head)
{
	node->next = head->first;
	if (head->first)
		head->first->pprev = &node->next;
	head->first = node;
	node->pprev = &head->first;
}

static inline void hlist_del(struct hlist_node *node)
{
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
	node->next = NULL;
	node->pprev = NULL;
}

#define list_entry(p, t, m) container_of(p, t, m)
#define list_first_entry(h, t, m) list_entry((h)->next, t, m)
#define list_last_entry(h, t, m) list_entry((h)->prev, t, m)
#define list_first_entry_or_null(h, t, m) (list_empty(h) ? NULL : list_first_entry(h, t, m))
#define list_next_entry(p, m) list_entry((p)->m.next, __typeof__(*(p)), m)
#define list_prev_entry(p, m) list_entry((p)->m.prev, __typeof__(*(p)), m)
#define list_is_last(n, h) ((n)->next == (h))
#define list_is_singular(h) (!list_empty(h) && (h)->next == (h)->prev)
#define list_for_each(p, h) for (p = (h)->next; p != (h); p = (p)->next)
#define list_for_each_safe(p, n, h) for (p = (h)->next, n = (p)->next; p != (h); p = n, n = (p)->next)
#define list_for_each_entry(p, h, m) \
	for (p = list_first_entry(h, __typeof__(*p), m); &p->m != (h); p = list_next_entry(p, m))
#define list_for_each_entry_reverse(p, h, m) \
	for (p = list_last_entry(h, __typeof__(*p), m); &p->m != (h); p = list_prev_entry(p, m))
#define list_for_each_entry_safe(p, n, h, m) \
	for (p = list_first_entry(h, __typeof__(*p), m), n = list_next_entry(p, m); \
	     &p->m != (h); p = n, n = list_next_entry(n, m))
#define hlist_entry(p, t, m) container_of(p, t, m)
#define hlist_entry_safe(p, t, m) ({ __typeof__(p) p__ = (p); p__ ? hlist_entry(p__, t, m) : NULL; })
#define hlist_for_each_entry(p, h, m) \
	for (p = hlist_entry_safe((h)->first, __typeof__(*(p)), m); p; \
	     p = hlist_entry_safe((p)->m.next, __typeof__(*(p)), m))
#define hlist_for_each_entry_safe(p, n, h, m) \
	for (p = hlist_entry_safe((h)->first, __typeof__(*(p)), m); p && ({ n = p->m.next; 1; }); \
	     p = hlist_entry_safe(n, __typeof__(*(p)), m))

/* What is taken out keeps its way on, for who stands on it. */
static inline void list_del_rcu(struct list_head *node)
{
	list_unlink(node);
	node->prev = NULL;
}

static inline void hlist_del_rcu(struct hlist_node *node)
{
	struct hlist_node *next = node->next;

	hlist_del(node);
	node->next = next;
}

#define list_add_rcu list_add
#define list_add_tail_rcu list_add_tail
#define list_for_each_entry_rcu(p, h, m, ...) list_for_each_entry(p, h, m)
#define list_for_each_entry_continue_rcu(p, h, m) \
	for (p = list_next_entry(p, m); &p->m != (h); p = list_next_entry(p, m))
#define hlist_add_head_rcu hlist_add_head
#define hlist_for_each_entry_rcu(p, h, m, ...) hlist_for_each_entry(p, h, m)

#endif
