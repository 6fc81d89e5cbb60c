import { leaderElectionFlags, leaderElectionOf, loadKubeconfig, newClient, runWithLeaderElection } from '@wherry/client'
import { componentLogger, parseFlags, realClock, realRandom, runMain, verbosityFlag } from '@wherry/component-base'
import { newScheduler } from './scheduler.ts'

const flags = {
  kubeconfig: { type: 'string', describe: 'how to reach the API server', required: true },
  'scheduler-name': { type: 'string', describe: 'pods that name it are its own', default: 'default-scheduler' },
  ...leaderElectionFlags('kube-scheduler'),
  ...verbosityFlag,
} as const

/** Flags → dependencies → run. */
export async function main(argv: string[]): Promise<void> {
  await runMain('scheduler', async (signal) => {
    const values = parseFlags('scheduler', flags, argv)
    const logger = componentLogger('scheduler', values.v)
    const election = leaderElectionOf(values)
    const { config } = await loadKubeconfig(process.env, { path: values.kubeconfig })
    const client = newClient({ ...config, userAgent: 'kube-scheduler/v1.36.0' })
    const deps = { client, clock: realClock, logger, random: realRandom }
    const scheduler = newScheduler({ ...deps, config: { schedulerName: values['scheduler-name'] } })
    try {
      if (!values['leader-elect']) return await scheduler.run(signal)
      await runWithLeaderElection({ ...deps, ...election }, (leading) => scheduler.run(leading), signal)
    } finally {
      client.close()
    }
  })
}
