import { defineCommand } from '../command.ts'
import { completePods } from '../complete.ts'
import { CommandError, ExitError } from '../errors.ts'
import { attachTo, refuseCompleted } from '../streaming/attach.ts'
import { chooseContainer, findPod } from '../streaming/pods.ts'

export const attachCommand = defineCommand({
  use: 'attach (POD | TYPE/NAME) -c CONTAINER',
  short: 'Attach to a running container',
  examples: `# What a container writes from now on
$ attach web-0

# With a terminal
$ attach web-0 -c app -i -t`,
  complete: completePods,
  flags: {
    container: { type: 'string', short: 'c', describe: 'The container; the annotated or the first one where empty.' },
    'detach-keys': { type: 'string', default: 'ctrl-p,ctrl-q', describe: 'Keys that leave the container running.' },
    'pod-running-timeout': { type: 'duration', default: '1m0s', describe: 'How long to wait until there is a pod.' },
    quiet: { type: 'boolean', short: 'q', describe: 'Print only what the container prints.' },
    stdin: { type: 'boolean', short: 'i', describe: 'Pass standard input to the container.' },
    tty: { type: 'boolean', short: 't', describe: 'Standard input is a terminal.' },
  },
  async run(context, { args, flags }) {
    const [argument] = args
    if (argument === undefined) throw new CommandError('at least 1 argument is required for attach')
    if (args.length > 2)
      throw new CommandError(
        `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(' ')}]`,
      )
    const connection = await context.connect()
    const target = args.length === 2 ? args.join('/') : argument
    const pod = await findPod(context, connection, target, flags['pod-running-timeout'])
    refuseCompleted(pod)
    const container = chooseContainer(context, pod, flags.container, flags.quiet)
    const end = await attachTo(context, {
      connection,
      pod,
      container,
      stdin: flags.stdin,
      tty: flags.tty,
      quiet: flags.quiet,
      detachKeys: flags['detach-keys'],
    })
    if (end.kind === 'exited' && end.code !== 0)
      throw new ExitError(end.code, `command terminated with exit code ${end.code}`)
  },
})
