/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hyphactl net: objects, verbs, words and exit statuses, over a kernel of ours; and what stats makes of two looks. */
// links: userspace/hyphactl/cmd_net.c userspace/hyphactl/net_addr.c userspace/hyphactl/net_link.c
// links: userspace/hyphactl/net_flow.c userspace/hyphactl/net_forward.c userspace/hyphactl/net_neigh.c
// links: userspace/hyphactl/net_policy.c userspace/hyphactl/net_stat.c userspace/hyphactl/net_guest.c
// links: userspace/hyphactl/sample.c userspace/hyphactl/publish.c userspace/hyphactl/quantity.c
// links: userspace/hyphactl/view.c userspace/present/words.c userspace/present/filter.c userspace/present/style.c
// links: userspace/present/sheet.c userspace/present/flow.c userspace/present/present.c userspace/present/names.c
// links: userspace/libhypha/net_names.c userspace/util/address.c userspace/util/buf.c userspace/util/error.c
// links: userspace/util/hex.c userspace/util/mem.c userspace/util/strv.c
// libs: -ljansson -lm
#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "hyphactl/net.h"
#include "hyphactl/sample.h"
#include "hyphactl/view.h"

#include "test.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

extern const struct command cmd_net;

/* --- the kernel: guests web (3) and db (4), flows 1, 2 of web and 3 of db, one forward; what it is asked goes to @asked --- */

static struct buf asked;
static int refusal;	/* of the next change */

static struct net_addr addr(const char *text)
{
	struct net_addr a;

	if (net_addr_parse(text, &a))
		abort();
	return a;
}

static int change(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_addf(&asked, "%s;", text);
	return refusal ? err_set(refusal, "the kernel refuses") : 0;
}

static const char *const guest_names[] = { [3] = "web", [4] = "db" };

int guest_dump(struct guest **guests, size_t *nr)
{
	*guests = mem_alloc(2 * sizeof(**guests));
	for (uint32_t i = 0; i < 2; i++) {
		(*guests)[i] = (struct guest) { .id = 3 + i, .state = GUEST_RUNNING, .labels = mem_strdup("") };
		strcpy((*guests)[i].name, guest_names[3 + i]);
	}
	*nr = 2;
	return 0;
}

void guest_clean(struct guest *g)
{
	free(g->labels);
	g->labels = NULL;
}

void guests_free(struct guest *guests, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		guest_clean(&guests[i]);
	free(guests);
}

int guest_get_id(uint32_t id, struct guest *g)
{
	*g = (struct guest) { .id = id };
	return id == 3 || id == 4 ? 0 : -ENOENT;
}

const char *guest_state_name(enum guest_state state)
{
	return state == GUEST_RUNNING ? "running" : "exited";
}

const char *guest_exit_name(enum guest_exit reason)
{
	return reason == EXIT_POWEROFF ? "poweroff" : "killed";
}

int known_find_living(const char *ref, struct known *k)
{
	for (uint32_t id = 3; id <= 4; id++) {
		if (!strcmp(ref, guest_names[id])) {
			k->id = id;
			return 0;
		}
	}
	return err_set(-ENOENT, "no such guest: \"%s\"", ref);
}

void known_clean(struct known *k)
{
	(void)k;
}

int net_host_get(struct net_host *h)
{
	*h = (struct net_host) {
		.net4 = addr("10.75.0.0"), .plen4 = 16, .gateway4 = addr("10.75.0.1"), .net6 = addr("fd00::"), .plen6 = 64,
		.gateway6 = addr("fd00::1"), .dns = { addr("127.0.0.53") }, .nr_dns = 1, .port_min = 61001, .port_max = 65535,
		.max_flows = 65536, .max_guest_flows = 16384, .max_half_open = 1024, .nr_flows = 3,
		.drops = { 1, { { 20, "spoof-mac", 2 } } },
	};
	return 0;
}

int net_host_set(const struct net_change *c)
{
	char net4[NET_ADDR_TEXT], net6[NET_ADDR_TEXT], dns[NET_ADDR_TEXT];

	return change("set %s/%u %s/%u dns %zu %s ports %u-%u max %u %u %u", net_addr_text(&c->net4, net4), c->plen4,
		      net_addr_text(&c->net6, net6), c->plen6, c->nr_dns, net_addr_text(&c->dns[0], dns), c->port_min, c->port_max,
		      c->max_flows, c->max_guest_flows, c->max_half_open);
}

static struct net_vif make_vif(uint32_t guest)
{
	struct net_vif v = {
		.guest = guest, .state = guest == 3 ? VIF_CONNECTED : VIF_WAITING, .mac = { 2, 0, 0, 0, 0, guest },
		.gateway_mac = { 2, 0xff }, .mtu = 1500, .features = 3, .nr_flows = 2, .nr_half_open = 1, .ip4 = addr("10.75.0.3"),
		.ip6 = addr("fd00::3"), .nr_queues = 2, .policy = { .guest_to_host = guest == 4 },
		.queues = { { 0, 0, 10, 1000, 20, 2000, 1 }, { 1, 5, 1, 100, 2, 200, 0 } },
		.drops = { 2, { { 20, "spoof-mac", 1 }, { 30, "no-route", 4 } } },
	};

	strcpy(v.name, guest_names[guest]);
	v.ip4.bytes[3] = v.ip6.bytes[15] = guest;
	return v;
}

int net_vif_dump(net_vif_fn fn, void *arg)
{
	struct net_vif db = make_vif(4), web = make_vif(3);

	return fn(&db, arg) ?: fn(&web, arg);
}

int net_vif_get(uint32_t guest, struct net_vif *vif)
{
	*vif = make_vif(guest);
	return 0;
}

int net_vif_set_policy(uint32_t guest, const struct net_policy *p)
{
	return change("policy %u %d %d %d", guest, p->stack, p->guest_to_guest, p->guest_to_host);
}

int net_flow_dump(const struct net_query *q, net_flow_fn fn, void *arg)
{
	for (uint64_t id = 1; id <= 3; id++) {
		uint32_t guest = id < 3 ? 3 : 4;
		struct net_flow f = {
			.id = id, .guest = guest, .version = 4, .proto = id == 2 ? IPPROTO_UDP : IPPROTO_TCP, .state = FLOW_ESTABLISHED,
			.orig = { guest, addr("10.75.0.3"), addr("192.0.2.7"), 1000, 440 + id, 1, 60 },
			.reply = { 0, addr("192.0.2.7"), addr("198.51.100.2"), 440 + id, 61001, 1, 60 },
		};
		int err;

		if ((q->guest && q->guest != guest) || (q->proto && q->proto != f.proto) || (q->version && q->version != 4))
			continue;
		err = fn(&f, arg);
		if (err)
			return err;
	}
	return 0;
}

int net_flow_del(uint64_t id)
{
	return change("flow del %" PRIu64, id);
}

int net_flow_flush(const struct net_query *q, uint32_t *count)
{
	*count = 2;
	return change("flow flush %u %u %u", q->guest, q->proto, q->version);
}

int net_forward_dump(uint32_t guest, net_forward_fn fn, void *arg)
{
	struct net_forward f = { .guest = 3, .spec = { IPPROTO_TCP, 0, 2, 8080, 80, { 0 } }, .hits = 7 };

	return !guest || guest == 3 ? fn(&f, arg) : 0;
}

int net_forward_add(uint32_t guest, const struct forward_spec *f)
{
	return change("add %u %u:%u+%u/%u", guest, f->host_port, f->guest_port, f->nr_ports, f->proto) ?:
	       f->host_port == 666 ? err_set(-EADDRINUSE, "taken by db") : 0;
}

int net_forward_del(uint32_t guest, const struct forward_spec *f, uint32_t *count)
{
	*count = f->host_port == 8080 || f->host_port == 90;
	return change("del %u %u", guest, f->host_port);
}

/* --- running it --- */

static struct buf said;

/* Standard output of "hyphactl net @line", in @said. Return: its exit status. */
static int run(const char *line)
{
	auto_free char *copy = mem_strdup(line);
	char *argv[32], *rest = copy, chunk[4096];
	int n = 0, status, keep = dup(STDOUT_FILENO), keep_err = dup(STDERR_FILENO);
	FILE *out = tmpfile();
	size_t len;

	while ((argv[n] = strtok_r(rest, " ", &rest)))
		n++;
	fflush(stdout);
	dup2(fileno(out), STDOUT_FILENO);
	dup2(fileno(out), STDERR_FILENO);
	buf_reset(&asked);
	status = cmd_net.run(n, argv);
	fflush(stdout);
	fflush(stderr);
	dup2(keep, STDOUT_FILENO);
	dup2(keep_err, STDERR_FILENO);
	close(keep);
	close(keep_err);
	rewind(out);
	buf_reset(&said);
	while ((len = fread(chunk, 1, sizeof(chunk), out)))
		buf_add(&said, chunk, len);
	fclose(out);
	return status;
}

static void check_text(void)
{
	static const struct { const char *line, *want; } cases[] = {
		{ "-br addr", "hypha0 10.75.0.1/16 fd00::1/64\nweb 10.75.0.3/32 fd00::3/128\ndb 10.75.0.4/32 fd00::4/128\n" },
		{ "-br -4 a s web", "web 10.75.0.3/32\n" },
		{ "addr", "hypha0: gateway of the guests\n    inet 10.75.0.1/16 prefix 10.75.0.0/16\n"
			  "    inet6 fd00::1/64 prefix fd00::/64\n    dns 127.0.0.53\n3: guest web\n    inet 10.75.0.3/32\n"
			  "    inet6 fd00::3/128\n4: guest db\n    inet 10.75.0.4/32\n    inet6 fd00::4/128\n" },
		{ "-br addr get fd00::4", "db 10.75.0.4/32 fd00::4/128\n" },
		{ "-o -4 addr get 10.75.0.1", "hypha0: gateway of the guests\\    inet 10.75.0.1/16 prefix 10.75.0.0/16\\    dns 127.0.0.53\n" },
		{ "-br link", "web connected 02:00:00:00:00:03\ndb waiting 02:00:00:00:00:04\n" },
		{ "-br l sh state waiting", "db waiting 02:00:00:00:00:04\n" },
		{ "-o -s link get web", "3: guest web mtu 1500 state connected policy fast queues 2\\"
			  "    link/ether 02:00:00:00:00:03 peer 02:ff:00:00:00:00\\"
			  "    RX:           bytes      packets    dropped    backlog\\                   2200           22          1          5\\"
			  "    TX:           bytes      packets\\                   1100           11\n" },
		{ "-br flow", "1 web tcp established 10.75.0.3:1000 192.0.2.7:441\n2 web udp established 10.75.0.3:1000 192.0.2.7:442\n"
			      "3 db tcp established 10.75.0.3:1000 192.0.2.7:443\n" },
		{ "-br flow show guest web proto udp", "2 web udp established 10.75.0.3:1000 192.0.2.7:442\n" },
		{ "-br fl sh dport 443", "3 db tcp established 10.75.0.3:1000 192.0.2.7:443\n" },
		{ "-br flow get 2", "2 web udp established 10.75.0.3:1000 192.0.2.7:442\n" },
		{ "-br -6 flow", "" }, { "-br -n flow get id 1", "1 3 6 established 10.75.0.3:1000 192.0.2.7:441\n" },
		{ "forward", "guest web *:8080-8081 to 80-81/tcp\n" }, { "-br -s fo", "web *:8080-8081 80-81/tcp\n" },
		{ "-s forward get 8081/tcp", "guest web *:8080-8081 to 80-81/tcp flows 7\n" },
		{ "forward show guest db", "" }, { "forward show port 8082", "" }, { "forward show proto udp", "" },
		{ "-4 neigh", "10.75.0.3 dev hypha0 lladdr 02:00:00:00:00:03 guest web PERMANENT\n"
			      "10.75.0.4 dev hypha0 lladdr 02:00:00:00:00:04 guest db FAILED\n" },
		{ "neighbor get fd00::3", "fd00::3 dev hypha0 lladdr 02:00:00:00:00:03 guest web PERMANENT\n" },
		{ "stat", "all: flows 3 max 65536 max-guest 16384 max-half-open 1024 ports 61001-65535 drops 12\n"
			  "    spoof-mac               4\n    no-route                8\n" },
		{ "-br -s stat", "all flows 3 drops 12\nweb flows 2 half-open 1 drops 5\ndb flows 2 half-open 1 drops 5\n" },
		{ "policy", "guest web fast guest-to-guest off guest-to-host off\nguest db fast guest-to-guest off guest-to-host on\n" },
		{ "-br policy get db", "db fast guest-to-host on\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ok_num(run(cases[i].line), 0, "net %s: status", cases[i].line);
		ok_str(buf_str(&said), cases[i].want, "net %s", cases[i].line);
	}
}

static void check_changes(void)
{
	static const struct { const char *line, *want; } cases[] = {
		{ "addr set prefix 10.80.0.0/16 prefix fd01::/64", "set 10.80.0.0/16 fd01::/64 dns 0 - ports 0-0 max 0 0 0;" },
		{ "addr set dns 9.9.9.9 dns fd00::53", "set -/0 -/0 dns 2 9.9.9.9 ports 0-0 max 0 0 0;" },
		{ "flow set max 10 max-guest 5 max-half-open 2 ports 61001-62000", "set -/0 -/0 dns 0 - ports 61001-62000 max 10 5 2;" },
		{ "flow del id 9", "flow del 9;" }, { "flow delete 9", "flow del 9;" },
		{ "flow flush", "flow flush 0 0 0;" }, { "flow flush all", "flow flush 0 0 0;" },
		{ "-4 flow flush guest db proto tcp", "flow flush 4 6 4;" },
		{ "flow flush dport 441-442", "flow del 1;flow del 2;" }, { "flow flush guest db dport 441", "" },
		{ "forward add guest web 8080:80/tcp", "add 3 8080:80+1/6;" },
		{ "forward add db 90:90 91-92:91-92/udp", "add 4 90:90+1/6;add 4 91:91+2/17;" },
		{ "forward del web 8080:80", "del 3 8080;" }, { "forward flush guest web", "del 3 8080;" },
		{ "forward flush proto udp", "" },
		{ "policy set guest web stack", "policy 3 1 0 0;" }, { "policy set db fast", "policy 4 0 0 1;" },
		{ "policy set db guest-to-guest on guest-to-host off", "policy 4 0 1 0;" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ok_num(run(cases[i].line), 0, "net %s: status", cases[i].line);
		ok_str(buf_str(&asked), cases[i].want, "net %s: what is asked", cases[i].line);
		ok_str(buf_str(&said), "", "net %s: is silent", cases[i].line);
	}
}

static void check_wrong(void)
{
	static const char *const lines[] = {
		"bogus", "flow bogus", "link state waiting", "flow show bogus", "flow show proto", "flow show guest nobody", "flow get", "flow get x",
		"flow get 1 2", "flow del", "flow del id", "flow del all", "flow flush bogus", "flow set", "flow set max",
		"flow set max 0", "flow set max 5000000000", "flow set ports 5-4", "flow set bogus 1", "flow add", "forward add",
		"forward add web", "forward add web 80", "forward add web 0:80", "forward add web 8080:80/icmp",
		"forward add web 70000:80", "forward add nobody 80:80", "forward add web 80:80 bogus", "forward del web",
		"forward get", "forward get x", "forward get 80/x", "forward show bogus 1", "forward show guest",
		"addr show nobody", "addr show web db", "addr get", "addr get 10.75", "addr get 10.75.0.3 x", "addr set",
		"addr set prefix", "addr set prefix 10.0.0.0/33", "addr set dns x", "addr set bogus x", "addr add",
		"addr set dns ::1 dns ::2 dns ::3 dns ::4 dns ::5",
		"link show nobody", "link get", "link show state up", "link show web db", "link set", "neigh get", "neigh get x",
		"neigh add", "neigh show web db", "stat get", "stat show nobody", "policy set", "policy set web",
		"policy set web slow", "policy set web stack bogus", "policy set web guest-to-host", "policy set web guest-to-host maybe",
		"policy get", "-x flow", "-c=x flow", "-b", "-b missing", "-b - flow", "-j=1 flow", "",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		ok_num(run(lines[i]), NET_WRONG, "net %s: is wrong", lines[i]);
		ok_str(buf_str(&asked), "", "net %s: changes nothing", lines[i]);
		ok(said.len > 20, "net %s: says something", lines[i]);
	}
}

static void check_refused(void)
{
	static const char *const lines[] = {
		"flow del 9", "flow flush", "flow flush dport 441", "flow set max 5", "forward add web 80:80", "forward del web 80:80",
		"forward flush", "addr set dns ::1", "policy set web stack",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		refusal = -EBUSY;
		ok_num(run(lines[i]), NET_REFUSED, "net %s: is refused", lines[i]);
		ok_str(buf_str(&said), "hyphactl net: the kernel refuses\n", "net %s: in the kernel's words", lines[i]);
		refusal = 0;
	}
	ok_num(run("flow get 99"), NET_REFUSED, "a flow that is not there");
	ok_num(run("addr get 10.75.9.9"), NET_REFUSED, "an address nobody has");
	ok_num(run("neigh get 10.75.9.9"), NET_REFUSED, "nor a neighbour");
	ok_num(run("forward get 99"), NET_REFUSED, "a port that is not published");
	ok_num(run("forward del web 99:1"), NET_REFUSED, "a forward that is not there");
	ok_num(run("forward add web 90:90 91:91 666:66"), NET_REFUSED, "the third of three forwards is taken");
	ok_str(buf_str(&asked), "add 3 90:90+1/6;add 3 91:91+1/6;add 3 666:66+1/6;del 3 91;del 3 90;", "then the others go again");
	ok_str(buf_str(&said), "hyphactl net: taken by db\n", "and whose it is is told");
}

static void check_json(void)
{
	static const struct { const char *line, *path, *want; } cases[] = {
		{ "-j addr", "0.prefixes.1.net", "\"fd00::\"" }, { "-j addr", "0.dns.0", "\"127.0.0.53\"" },
		{ "-j addr", "2.addresses.0.addr", "\"10.75.0.4\"" }, { "-j -4 addr show db", "0.addresses", "1" },
		{ "-j link", "0.total.rxBytes", "2200" }, { "-j link", "0.queues.1.backlog", "5" },
		{ "-j link", "0.features.1", "\"gso4\"" }, { "-j link", "1.policy.guestToHost", "true" },
		{ "-j flow", "2.guest", "\"db\"" }, { "-j -p flow", "2.reply.dst", "\"198.51.100.2\"" },
		{ "-json forward", "0.hostPort", "8080" }, { "-j forward", "0.ports", "2" }, { "-j neigh", "1.dst", "\"fd00::3\"" },
		{ "-j stat", "0.drops.spoof-mac", "2" }, { "-j stat", "0.allDrops.spoof-mac", "4" },
		{ "-j stat", "2.drops.no-route", "4" }, { "-j policy", "0.path", "\"fast\"" },
		{ "-j flow flush", "0.flushed", "2" }, { "-j -6 flow", "", "0" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = run(cases[i].line);
		json_t *root = json_loads(buf_str(&said), 0, NULL);
		auto_free char *path = mem_strdup(cases[i].path), *text = NULL;
		const json_t *at = root;
		char *rest = path, *key;

		while (at && (key = strtok_r(rest, ".", &rest)))
			at = json_is_array(at) ? json_array_get(at, atoi(key)) : json_object_get(at, key);
		text = json_is_array(at) ? mem_printf("%zu", json_array_size(at)) : at ? json_dumps(at, JSON_ENCODE_ANY) : NULL;
		ok_num(status, 0, "net %s: status", cases[i].line);
		ok_str(text, cases[i].want, "net %s: %s", cases[i].line, cases[i].path);
		json_decref(root);
	}
}

static void check_batch(void)
{
	FILE *f = fopen("batch", "w");

	fputs("# a comment\n\nflow flush  # all\n  policy set web stack\nflow bogus\nflow del 9\n", f);
	fclose(f);
	ok_num(run("-b batch"), NET_WRONG, "batch: stops at the first failure");
	ok_str(buf_str(&asked), "flow flush 0 0 0;policy 3 1 0 0;", "batch: what came before is done");
	ok(strstr(buf_str(&said), "line 5 of batch"), "batch: which line it was");
	ok_num(run("-force -batch batch"), NET_WRONG, "batch: -force goes on, the status tells");
	ok_str(buf_str(&asked), "flow flush 0 0 0;policy 3 1 0 0;flow del 9;", "batch: and does the rest");
}

static void check_help(void)
{
	ok_num(run("help"), 0, "help");
	ok(strstr(buf_str(&said), "forward"), "help names the objects");
	ok_num(run("flow help"), 0, "flow help");
	ok(strstr(buf_str(&said), "flow flush"), "and its verbs");
	ok_num(run("-ts -br -4 flow get 1"), 0, "a timestamp");
	ok(buf_str(&said)[0] == '[' && strstr(buf_str(&said), "] 1 web"), "comes first");
}

static void check_samples(void)
{
	struct sample a[] = { { .id = 3, .cpu_time = 1000000000, .name = "web" } };
	struct sample b[] = { { .id = 3, .cpu_time = 2500000000, .name = "web", .has_net = true, .net = { .rx_bytes = 7 } },
			      { .id = 4, .cpu_time = 100000000, .name = "db" } };
	struct samples before = { .time = 5000000000, .all = a, .nr = 1 }, now = { .time = 6000000000, .all = b, .nr = 2 };
	json_t *rows = samples_compare(&before, &now);

	ok(json_real_value(view_at(json_array_get(rows, 0), "cpuPercent")) == 150, "stats: one and a half processors");
	ok(json_real_value(view_at(json_array_get(rows, 1), "cpuPercent")) == 10, "stats: of one that is new");
	ok_num(view_number(json_array_get(rows, 0), "netRxBytes"), 7, "stats: network");
	ok(json_is_null(view_at(json_array_get(rows, 1), "netRxBytes")), "stats: none is null");
	json_decref(rows);
	b[0].cpu_time = 0;
	rows = samples_compare(&before, &now);
	ok(json_real_value(view_at(json_array_get(rows, 0), "cpuPercent")) == 0, "stats: a clock that went back does no harm");
	json_decref(rows);
	ok(!samples_take(&now, (uint32_t[]) { 4 }, 1) && now.nr == 1 && now.all[0].net.rx_bytes == 2200, "stats: a guest that is named");
	samples_clean(&now);
}

int main(void)
{
	check_text();
	check_changes();
	check_wrong();
	check_refused();
	check_json();
	check_batch();
	check_help();
	check_samples();
	buf_clean(&asked);
	buf_clean(&said);
	return done();
}
