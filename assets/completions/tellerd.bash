# Completion for tellerd; source it, or install it as
# /usr/share/bash-completion/completions/tellerd

_tellerd()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command=serve word words
    [[ $current == = ]] && current=
    [[ $previous == = && $COMP_CWORD -gt 1 ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
        serve | verify | rebuild | backup | import | export | keys)
            command=$word
            break
            ;;
        esac
    done
    COMPREPLY=()
    case $previous in
    --data)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return
        ;;
    --config)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    import | backup)
        if [[ $current != -* ]]; then # a file to read, or a folder to write
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
        fi
        ;;
    --log-level)
        mapfile -t COMPREPLY < <(compgen -W "debug info warning error" -- "$current")
        return
        ;;
    --format)
        mapfile -t COMPREPLY < <(compgen -W "jsonl hledger" -- "$current")
        return
        ;;
    --role)
        mapfile -t COMPREPLY < <(compgen -W "admin teller auditor atm" -- "$current")
        return
        ;;
    esac
    case $command in
    keys) words="create list revoke --role --name --data" ;;
    export) words="--format --data" ;;
    verify | rebuild | backup | import) words="--data" ;;
    *)
        words="--data --http --zmq --open --require-key --webhook --webhook-schedule
            --webhook-allow --config --log-level --help --version"
        [[ $COMP_CWORD -eq 1 ]] &&
            words+=" serve verify rebuild backup import export keys"
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _tellerd tellerd
