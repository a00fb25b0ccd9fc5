# SPDX-License-Identifier: GPL-2.0-only
# cmd/stdpkt.bash - bash completion of stdpkt and of the functions
# shellcheck shell=bash

# the names of running elements, short where that names one only
_stdpkt_elements() {
	stdpkt ls 2>/dev/null | awk '
		NR > 1 && !seen[$1]++ { full[n++] = $1; base = $1; sub(/\.[0-9]+$/, "", base); of[$1] = base; count[base]++ }
		END { for (i = 0; i < n; i++) print full[i] (count[of[full[i]]] == 1 ? "\n" of[full[i]] : "") }'
}

_stdpkt_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }
_stdpkt_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

# the command behind `stdpkt exec NAME --`, completed as if it stood alone
_stdpkt_command() { # FIRST-WORD
	if declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif [ "$COMP_CWORD" -eq "$1" ]; then
		mapfile -t COMPREPLY < <(PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
	else
		_stdpkt_files "${COMP_WORDS[COMP_CWORD]}"
	fi
}

_stdpkt_run() {
	local cur=$1 prev=$2 before=$3 i
	# behind the script everything is the script's
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-p | --port | -o | --output | -n | --name | --mtu | --link | --nic | --memory | --seed | --clock | --kernel)
			((i++))
			# bash takes NAME=MEDIUM:ARGS apart
			while [[ ${COMP_WORDS[i + 1]-} == [=:]* ]]; do ((i += 2)); done ;;
		-*) ;;
		*) if ((i < COMP_CWORD)); then _stdpkt_files "$cur"; return; fi ;;
		esac
	done
	case $prev in
	-o | --output) _stdpkt_words 'text pcapng pcap' "$cur" ;;
	-p | --port)
		compopt -o nospace 2>/dev/null
		_stdpkt_words 'left right' "$cur" ;;
	=)
		compopt -o nospace 2>/dev/null
		_stdpkt_words 'stdio:in stdio:out fifo: capture: null' "$cur" ;;
	:) case $before in
		stdio) _stdpkt_words 'in out' "$cur" ;;
		*) _stdpkt_files "${cur##*,}" ;;
		esac ;;
	--clock) _stdpkt_words 'real packets' "$cur" ;;
	--link) _stdpkt_words 'ring bin text' "$cur" ;;
	--nic) _stdpkt_words 'direct virtio' "$cur" ;;
	-n | --name | --mtu | --memory | --seed | --kernel) ;;
	*) case $cur in
		=) compopt -o nospace 2>/dev/null; _stdpkt_words 'stdio:in stdio:out fifo: capture: null' '' ;;
		-*) _stdpkt_words '-p --port -o --output -n --name -b --bare --mtu --link --nic --memory --seed --clock --kernel --help' "$cur" ;;
		*) _stdpkt_files "$cur" ;;
		esac ;;
	esac
}

_stdpkt() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} before='' i
	((COMP_CWORD > 1)) && before=${COMP_WORDS[COMP_CWORD - 2]}
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_stdpkt_words 'run exec freeze ls cat make explain duplex shell fanout up --help --version' "$cur"
		return
	fi
	case ${COMP_WORDS[1]} in
	run) _stdpkt_run "$cur" "$prev" "$before" ;;
	exec)
		if ((COMP_CWORD == 2)); then
			_stdpkt_words "$(_stdpkt_elements) --help" "$cur"
		elif ((COMP_CWORD == 3)) && [[ $cur == -* ]]; then
			_stdpkt_words '--' "$cur"
		elif [[ ${COMP_WORDS[3]} == -- ]]; then
			_stdpkt_command 4
		else
			_stdpkt_command 3
		fi ;;
	ls) _stdpkt_words "$(_stdpkt_elements) --help" "$cur" ;;
	cat)
		case $prev in
		-o | --output) _stdpkt_words 'text pcapng pcap qemu vde' "$cur" ;;
		-i | --input) _stdpkt_words 'text pcapng pcap qemu vde etherpipe hexdump trafgen' "$cur" ;;
		-f | --filter) ;;
		*) case $cur in
			-*) _stdpkt_words '-f --filter -i --input -o --output --help' "$cur" ;;
			*) _stdpkt_files "$cur" ;;
			esac ;;
		esac ;;
	duplex)
		case $prev in
		-o | --output) _stdpkt_words 'text pcapng pcap' "$cur" ;;
		-b | --back) ;;
		*) case $cur in
			-*) _stdpkt_words '-b --back -o --output --help' "$cur" ;;
			*) _stdpkt_command 2 ;;
			esac ;;
		esac ;;
	make)
		case $prev in
		-o | --output) _stdpkt_words 'text pcapng pcap qemu vde' "$cur" ;;
		-f | --file) _stdpkt_files "$cur" ;;
		*) _stdpkt_words '-f --file -o --output -w --wait --help' "$cur" ;;
		esac ;;
	shell)
		for ((i = 2; i < COMP_CWORD; i++)); do
			case ${COMP_WORDS[i]} in
			-p | --ports | -n | --name | --memory | --seed) ((i++)) ;;
			-*) ;;
			*) break ;;
			esac
		done
		if ((i < COMP_CWORD)); then
			_stdpkt_command "$i"
		elif [[ $cur == -* ]]; then
			_stdpkt_words '-p --ports -n --name -r --root --memory --seed --help' "$cur"
		elif ((i == COMP_CWORD)); then
			_stdpkt_command "$i"
		fi ;;
	freeze)
		case $prev in
		-p | --port | -n | --name | --mtu | --memory) ;;
		*) case $cur in
			-*) _stdpkt_words '-p --port -o --output -n --name --mtu --memory --help' "$cur" ;;
			*) _stdpkt_files "$cur" ;;
			esac ;;
		esac ;;
	fanout)
		case $COMP_CWORD in
		2) _stdpkt_words "2 4 8 --help" "$cur" ;;
		*) if [[ ${COMP_WORDS[3]} == -- ]] && ((COMP_CWORD > 3)); then _stdpkt_command 4; else _stdpkt_command 3; fi ;;
		esac ;;
	explain)
		case $prev in
		-o | --output) _stdpkt_words 'text pcapng' "$cur" ;;
		-f | --file | -s | --script) _stdpkt_files "$cur" ;;
		-p | --port) _stdpkt_words 'left right' "$cur" ;;
		--mtu | --memory | --seed) ;;
		*) case $cur in
			-*) _stdpkt_words '-f --file -s --script -p --port -1 --one-way -r --routed --no-neighbours -v --verbose -c --count -o --output --mtu --memory --seed --help' "$cur" ;;
			*/*) _stdpkt_files "$cur" ;;
			*) _stdpkt_words 'nat.sh pfilter.sh router.sh bridge.sh host.sh' "$cur" ;;
			esac ;;
		esac ;;
	up) _stdpkt_words '--help' "$cur" ;;
	esac
}

_stdpkt_function() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
	COMPREPLY=()
	case ${1##*/} in
	ping.sh) _stdpkt_words '--addr --gateway --help' "$cur" ;;
	nat.sh) _stdpkt_words '--inside --outside --gateway --dnat --help' "$cur" ;;
	pfilter.sh)
		case $prev in
		-f | --file) _stdpkt_files "$cur" ;;
		*) _stdpkt_words '-f --file -l --legacy --help' "$cur" ;;
		esac ;;
	host.sh)
		for ((i = 1; i < COMP_CWORD; i++)); do
			[[ ${COMP_WORDS[i]} == -- ]] && { _stdpkt_command $((i + 1)); return; }
		done
		_stdpkt_words '--addr --gateway --help --' "$cur" ;;
	router.sh) _stdpkt_words '--left --right --route --gateway --help' "$cur" ;;
	bridge.sh) _stdpkt_words '--stp --vlan-filtering --help' "$cur" ;;
	esac
}

complete -F _stdpkt stdpkt
complete -F _stdpkt_function ping.sh nat.sh pfilter.sh host.sh router.sh bridge.sh
