import { defineCommand } from '../command.ts'
import { UsageError } from '../errors.ts'
import { completionScript, shells } from '../completion/scripts.ts'

export const completionCommand = defineCommand({
  use: 'completion SHELL',
  short: 'Print completion code for a shell (bash, zsh or fish)',
  long: `Print completion code for a shell.

 The code asks the program itself for the candidates: commands, flags, kinds, and the names of objects on the server.`,
  examples: `# bash, for this shell
source <(wherry completion bash)

# zsh, for this shell
source <(wherry completion zsh)

# fish, for every shell
wherry completion fish > ~/.config/fish/completions/wherry.fish`,
  complete: async (_context, args) => (args.length === 0 ? [...shells] : []),
  flags: {},
  async run(context, { args }) {
    const [shell] = args
    if (shell === undefined) throw new UsageError('Shell not specified.')
    if (args.length > 1) throw new UsageError('Too many arguments. Expected only the shell type.')
    const script = completionScript(shell, context.program)
    if (script === undefined) throw new UsageError(`Unsupported shell type ${JSON.stringify(shell)}.`)
    context.print(script)
  },
})
