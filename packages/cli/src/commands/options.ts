import { defineCommand } from '../command.ts'
import { optionsHelp } from '../help.ts'

export const optionsCommand = defineCommand({
  use: 'options',
  short: 'List the flags that every command takes',
  examples: `# All of them
$ options`,
  flags: {},
  async run(context) {
    context.print(optionsHelp(context.program))
  },
})
