# Completion for teller; source it, or install it as
# /usr/share/bash-completion/completions/teller

_teller()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    # `--data=DIR` comes in three words.
    [[ $current == = ]] && current=
    [[ $previous == = && $COMP_CWORD -gt 1 ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}
    COMPREPLY=()
    case $previous in
    --key-file)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        ;;
    --data)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        ;;
    --theme)
        mapfile -t COMPREPLY < <(compgen -W "default high-contrast mono" -- "$current")
        ;;
    --connect)
        compopt -o nospace
        mapfile -t COMPREPLY < <(compgen -W "ipc:// tcp://" -- "$current")
        ;;
    --printer)
        mapfile -t COMPREPLY < <(compgen -c -- "$current")
        ;;
    *)
        mapfile -t COMPREPLY < <(compgen -W "--connect --key-file --data --ascii --theme \
            --printer --plain --atm --help --version" -- "$current")
        ;;
    esac
}

complete -F _teller teller
