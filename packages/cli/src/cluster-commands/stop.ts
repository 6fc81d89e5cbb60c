import { kubeconfigToWrite } from '@wherry/client'
import { contextName, destroy, down } from '@wherry/cluster'
import type { CommandModule } from 'yargs'
import { type ClusterArguments, type CommandIO, printLine } from './io.ts'
import { clusterOptions } from './options.ts'
import { newSteps } from './steps.ts'
import { removeUserContext } from './user-kubeconfig.ts'

export function downCommand(io: CommandIO): CommandModule<object, ClusterArguments> {
  return {
    command: 'down',
    describe: 'Stop a cluster; everything in it is kept for the next "up"',
    builder: (yargs) => clusterOptions(yargs, io).example('$0 down', 'stop the cluster "wherry"'),
    async handler({ home, name }) {
      const ran = await newSteps(io)('stop', () => down(home, name, io.clock))
      printLine(io, ran ? `Cluster "${name}" is stopped: "up" brings it back.` : `Cluster "${name}" was not running.`)
    },
  }
}

export function destroyCommand(io: CommandIO): CommandModule<object, ClusterArguments> {
  return {
    command: 'destroy',
    describe: 'Stop a cluster and remove it with all that is in it',
    builder: (yargs) => clusterOptions(yargs, io).example('$0 destroy --name test', 'remove the cluster "test"'),
    async handler({ home, name }) {
      await newSteps(io)('remove', () => destroy(home, name, io.clock))
      const kubeconfig = await kubeconfigToWrite(io.env)
      await removeUserContext(name, kubeconfig)
      printLine(io, `Cluster "${name}" is gone, and so is context "${contextName(name)}" in ${kubeconfig}.`)
    },
  }
}
