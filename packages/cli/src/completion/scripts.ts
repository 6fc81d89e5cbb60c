export const shells = ['bash', 'fish', 'zsh'] as const

/** The hidden flag of yargs that asks for candidates; the words of the line follow it. */
export const completionFlag = '--get-yargs-completions'

/** Code that makes a shell complete the program's words; undefined for a shell that nobody knows. */
export function completionScript(shell: string, program: string): string | undefined {
  switch (shell) {
    case 'bash':
      return bash(program)
    case 'zsh':
      return zsh(program)
    case 'fish':
      return fish(program)
    default:
      return undefined
  }
}

function bash(program: string): string {
  return `# bash completion for ${program}
_${program}_completions() {
  local cur candidates
  cur="\${COMP_WORDS[COMP_CWORD]}"
  local IFS=$'\\n'
  candidates=$("\${COMP_WORDS[0]}" ${completionFlag} "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
  COMPREPLY=( $(compgen -W "\${candidates}" -- "\${cur}") )
  if [ \${#COMPREPLY[@]} -eq 0 ]; then
    compopt -o default 2>/dev/null
  fi
}
complete -o bashdefault -F _${program}_completions ${program}
`
}

function zsh(program: string): string {
  return `#compdef ${program}
_${program}_completions() {
  local -a candidates
  candidates=("\${(@f)$("\${words[1]}" ${completionFlag} "\${(@)words[1,CURRENT]}" 2>/dev/null)}")
  candidates=("\${(@)candidates:#}")
  if (( \${#candidates} > 0 )); then
    compadd -a candidates
  else
    _default
  fi
}
if [ "\${funcstack[1]}" = "_${program}" ]; then
  _${program}_completions "$@"
else
  compdef _${program}_completions ${program}
fi
`
}

function fish(program: string): string {
  return `# fish completion for ${program}
function __${program}_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] ${completionFlag} $words 2>/dev/null
end
complete -c ${program} -f -a '(__${program}_complete)'
`
}
