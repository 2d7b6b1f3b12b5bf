# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for hypha-mon(8).

_hypha_mon() {
	local cur prev
	# shellcheck disable=SC2034 # set by _init_completion
	local words cword
	_init_completion || return
	case $prev in
	--record | --replay) _filedir; return ;;
	--timeout | -c | --count | -rc | --rcvbuf) return ;;
	guest) mapfile -t COMPREPLY < <(compgen -W "flow forward drop label $(hyphactl complete guests 2>/dev/null)" -- "$cur"); return ;;
	proto) mapfile -t COMPREPLY < <(compgen -W 'tcp udp icmp icmp6' -- "$cur"); return ;;
	state) mapfile -t COMPREPLY < <(compgen -W 'new answered syn syn-ack established closing closed' -- "$cur"); return ;;
	flag) mapfile -t COMPREPLY < <(compgen -W 'replied forward dns host hairpin' -- "$cur"); return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '-c --count --timeout -E --events-only -j --json -t --timestamp -ts -l --label -s -d -o
			-br -n -4 -6 --color --rcvbuf --record --replay -h --help -V --version' -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -W 'guest flow forward drop all label proto src dst addr sport dport port state flag id' -- "$cur")
	fi
}

complete -F _hypha_mon hypha-mon
