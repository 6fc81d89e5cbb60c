import { toYAML } from '@wherry/apimachinery'
import { adminEntries, contextName, kubeconfigOf, openCluster } from '@wherry/cluster'
import type { CommandModule } from 'yargs'
import type { ClusterArguments, CommandIO } from './io.ts'
import { clusterOptions } from './options.ts'

export function kubeconfigCommand(io: CommandIO): CommandModule<object, ClusterArguments> {
  return {
    command: 'kubeconfig',
    describe: "Print a cluster's own kubeconfig",
    builder: (yargs) =>
      clusterOptions(yargs, io).example('$0 kubeconfig > admin.yaml', 'a file for other tools and other users'),
    async handler({ home, name }) {
      const { paths, config } = await openCluster(home, name)
      const { cluster, user } = await adminEntries(paths, config)
      io.stdout.write(toYAML(kubeconfigOf(contextName(config.name), cluster, user)))
    },
  }
}
