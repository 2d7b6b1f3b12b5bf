# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for hyphactl(8); all words come from `hyphactl complete`, so they are those of the program.

_hyphactl_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# The value of option $prev; fails if it takes none.
_hyphactl_value() {
	local kind
	kind=$(hyphactl complete value "$command" "$prev" 2>/dev/null && echo .)	# the dot keeps an empty line
	[[ $kind == *$'\n'. ]] || return
	kind=${kind%$'\n'.}
	case $kind in
	@file) _filedir ;;
	@guest) _hyphactl_words "$(hyphactl complete guests 2>/dev/null)" ;;
	*) _hyphactl_words "$kind" ;;
	esac
}

# After net: an object, a verb, keywords and guests' names; options may come between.
_hyphactl_net() {
	local word plain=()
	for word in "${words[@]:2:cword-2}"; do
		[[ $word == -* ]] || plain+=("$word")
	done
	case $prev in
	guest) _hyphactl_words "$(hyphactl complete guests 2>/dev/null)" ;;
	proto) _hyphactl_words 'tcp udp icmp icmp6' ;;
	-b | -batch) _filedir ;;
	*)
		_hyphactl_words "$(hyphactl complete net "${plain[@]:0:2}" 2>/dev/null)"
		[[ $cur == -* || ${#plain[@]} -ne 2 || ${plain[0]} == fl* ]] ||
			_hyphactl_words "$(hyphactl complete net "${plain[@]}" 2>/dev/null) $(hyphactl complete guests 2>/dev/null)"
		;;
	esac
}

_hyphactl_argument() {
	case $command in
	launch | run | pull | rmi | image\ pull | image\ save | image\ tag | image\ rm | image\ inspect | image\ history) _hyphactl_words "$(hyphactl complete images 2>/dev/null)"; __ltrim_colon_completions "$cur" ;;
	attach | console | logs | wait | stop | destroy | rm | pause | unpause | set | inspect | stats)
		_hyphactl_words "$(hyphactl complete guests 2>/dev/null)" ;;
	help) _hyphactl_words "$(hyphactl complete commands 2>/dev/null)" ;;
	esac
}

_hyphactl() {
	local cur prev words cword command
	_init_completion -n : || return
	command=${words[1]}
	[[ $command != image || $cword -lt 3 ]] || command+=" ${words[2]}"
	if ((cword == 1)); then
		_hyphactl_words "$(hyphactl complete commands 2>/dev/null)"
	elif [[ $command == image ]]; then
		_hyphactl_words "$(hyphactl complete image 2>/dev/null)"
	elif [[ ${words[1]} == net ]]; then
		_hyphactl_net
	elif [[ $prev == -* ]] && _hyphactl_value; then
		:
	elif [[ $cur == -* ]]; then
		_hyphactl_words "$(hyphactl complete options "$command" 2>/dev/null)"
	else
		_hyphactl_argument
	fi
}

complete -F _hyphactl hyphactl
