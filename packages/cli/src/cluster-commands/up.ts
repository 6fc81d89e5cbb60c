import { kubeconfigToWrite } from '@wherry/client'
import { clusterPaths, contextName, serverURL, up } from '@wherry/cluster'
import { UserError } from '@wherry/component-base'
import type { CommandModule } from 'yargs'
import { type ClusterArguments, type CommandIO, formatMs, printLine } from './io.ts'
import { clusterOptions } from './options.ts'
import { componentCommand, descriptionsFile, helloDir } from './program.ts'
import { newSteps } from './steps.ts'
import { addUserContext } from './user-kubeconfig.ts'

interface UpArguments extends ClusterArguments {
  nodes: number | undefined
  port: number | undefined
  timeout: number
}

export function upCommand(io: CommandIO): CommandModule<object, UpArguments> {
  return {
    command: 'up',
    describe: 'Start a local cluster, and wait until it takes pods',
    builder: (yargs) =>
      clusterOptions(yargs, io)
        .option('nodes', { type: 'number', describe: 'How many nodes (a new cluster has 1)' })
        .option('port', { type: 'number', describe: 'Port of the API server (a free one from 6443 on is found)' })
        .option('timeout', { type: 'number', describe: 'Seconds to wait for the cluster', default: 60 })
        .example('$0 up', 'start the cluster "wherry"')
        .example('$0 up --name test --nodes 3', 'a second cluster beside it, with three nodes'),
    handler: (args) => run(io, args),
  }
}

async function run(io: CommandIO, args: UpArguments): Promise<void> {
  const { home, name, nodes, port, timeout } = args
  const kubeconfig = await kubeconfigToWrite(io.env)
  const start = io.clock.now()
  if (!(timeout > 0)) throw new UserError('--timeout must be a number of seconds above 0')
  const { config, was } = await up({
    home,
    name,
    nodes,
    port,
    command: componentCommand,
    helloDir,
    descriptionsFile: descriptionsFile(),
    clock: io.clock,
    signal: io.signal,
    step: newSteps(io),
    timeoutMs: timeout * 1000,
  })
  await addUserContext({ paths: clusterPaths(home, name), config }, kubeconfig)
  const took = formatMs(io.clock.now() - start)
  const words = {
    new: `is up (${took})`,
    stopped: `is up again (${took})`,
    extended: `is up (${took}); what was missing has been started`,
    running: 'is already running',
  }
  const count = config.nodes.length === 1 ? '1 node' : `${config.nodes.length} nodes`
  printLine(io, `Cluster "${name}" ${words[was]}: Kubernetes v1.36 at ${serverURL(config)}, ${count}.`)
  printLine(io, `kubectl and wherry use it now: context "${contextName(name)}" in ${kubeconfig}.`)
  printLine(io, '')
  const wherry = io.env.WHERRY_COMMAND || 'wherry'
  printLine(io, 'Try:')
  printLine(io, `  ${wherry} create deployment hello --image=wherry/hello --replicas=2`)
  printLine(io, `  ${wherry} expose deployment hello --port=8080`)
  printLine(io, `  ${wherry} get pods,services -o wide`)
  printLine(io, `  ${wherry} down${name === 'wherry' ? '' : ` --name ${name}`}    # stop; "up" brings everything back`)
}
