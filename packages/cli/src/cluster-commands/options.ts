import { resolve } from 'node:path'
import { defaultClusterName, wherryHome } from '@wherry/cluster'
import type { Argv } from 'yargs'
import type { ClusterArguments, CommandIO } from './io.ts'

/** `--name` and `--home`, as every cluster command has them. */
export function clusterOptions<T>(yargs: Argv<T>, io: CommandIO): Argv<T & ClusterArguments> {
  return yargs
    .option('name', { type: 'string', describe: 'Name of the cluster', default: defaultClusterName })
    .option('home', {
      type: 'string',
      describe: 'Where clusters and images are kept (also WHERRY_HOME)',
      default: wherryHome(io.env),
      coerce: (path: string) => resolve(path),
    })
}
