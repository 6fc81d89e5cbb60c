import { Pod } from '@wherry/api'
import { objectPath } from '@wherry/client'
import { readManifests } from '../access/manifests.ts'
import { defineCommand } from '../command.ts'
import { completePods } from '../complete.ts'
import { CommandError, ExitError, UsageError } from '../errors.ts'
import { chooseContainer, findPod } from '../streaming/pods.ts'
import { runRemote } from '../streaming/remote-command.ts'
import { checkTerminal, onTerminalSize, withRawTerminal } from '../streaming/terminal.ts'

export const execCommand = defineCommand({
  use: 'exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  short: 'Run a command in a container',
  examples: `# The output of a command
$ exec web-0 -- date

# In a certain container
$ exec web-0 -c app -- date

# A shell
$ exec web-0 -it -- sh

# In the first pod of a deployment or a service
$ exec deploy/web -- date
$ exec svc/web -- date`,
  complete: completePods,
  flags: {
    container: { type: 'string', short: 'c', describe: 'The container; the annotated or the first one where empty.' },
    filename: { type: 'strings', short: 'f', describe: 'A file that names the object to run the command in.' },
    'pod-running-timeout': { type: 'duration', default: '1m0s', describe: 'How long to wait until there is a pod.' },
    quiet: { type: 'boolean', short: 'q', describe: 'Print only what the command prints.' },
    stdin: { type: 'boolean', short: 'i', describe: 'Pass standard input to the container.' },
    tty: { type: 'boolean', short: 't', describe: 'Standard input is a terminal.' },
  },
  async run(context, { args, dash, flags }) {
    const fromFile = flags.filename.length > 0
    const command = dash === -1 ? [] : args.slice(dash)
    const own = dash === -1 ? args : args.slice(0, dash)
    if (own.length === 0 && !fromFile) throw new CommandError('pod, type/name or --filename must be specified')
    if (own.length > (fromFile ? 0 : 1)) {
      throw new UsageError('exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead')
    }
    if (command.length === 0) throw new CommandError('you must specify at least one command for the container')
    const connection = await context.connect()
    const [argument = fromFile ? await namedIn(flags.filename) : ''] = own
    const pod = await findPod(context, connection, argument, flags['pod-running-timeout'])
    const { phase } = pod.status ?? {}
    if (phase === 'Succeeded' || phase === 'Failed') {
      throw new CommandError(`cannot exec into a container in a completed pod; current phase is ${phase}`)
    }
    const container = chooseContainer(context, pod, flags.container, flags.quiet)
    const tty = flags.tty && flags.stdin && checkTerminal(context, true, flags.quiet)
    const { namespace = '', name = '' } = pod.metadata
    const end = await withRawTerminal(tty ? context.stdin : undefined, () =>
      runRemote({
        client: connection.client,
        path: objectPath(Pod, { namespace, name }, 'exec'),
        query: { container: container.name, command, stdin: flags.stdin, stdout: true, stderr: !tty, tty },
        signal: context.signal,
        ...(flags.stdin && { stdin: context.stdin }),
        stdout: context.stdout,
        ...(!tty && { stderr: context.stderr }),
        ...(tty && { onSize: (tell) => onTerminalSize(context, tell) }),
      }),
    )
    if (end.kind === 'exited' && end.code !== 0)
      throw new ExitError(end.code, `command terminated with exit code ${end.code}`)

    async function namedIn(filenames: readonly string[]): Promise<string> {
      const [first] = await readManifests({ filenames, recursive: false, cwd: context.cwd, stdin: () => context.stdin })
      if (!first) throw new CommandError('no objects passed to exec')
      return `${(first.object.kind ?? '').toLowerCase()}/${first.object.metadata.name}`
    }
  },
})
