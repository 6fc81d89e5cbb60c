import type { CommandModule } from 'yargs'
import { componentLogsCommand } from './component-logs.ts'
import { imageCommand } from './image.ts'
import type { CommandIO } from './io.ts'
import { kubeconfigCommand } from './kubeconfig.ts'
import { clustersCommand, statusCommand } from './status.ts'
import { destroyCommand, downCommand } from './stop.ts'
import { upCommand } from './up.ts'

export type { CommandIO } from './io.ts'

/** The commands that make and mind local clusters. None has the name of a kubectl verb. */
export function clusterCommands(io: CommandIO): CommandModule[] {
  return [
    upCommand(io),
    downCommand(io),
    destroyCommand(io),
    statusCommand(io),
    clustersCommand(io),
    kubeconfigCommand(io),
    componentLogsCommand(io),
    imageCommand(io),
  ] as CommandModule[]
}
