import { hostname } from 'node:os'
import { loadKubeconfig, newClient, runWithLeaderElection } from '@wherry/client'
import { parseFlags, realClock, realRandom, runMain } from '@wherry/component-base'
import { newScheduler } from './scheduler.ts'

const flags = {
  kubeconfig: { type: 'string', describe: 'how to reach the API server', required: true },
  'scheduler-name': { type: 'string', describe: 'pods that name it are its own', default: 'default-scheduler' },
  'leader-elect': { type: 'boolean', describe: 'wait for the turn among several schedulers', default: true },
} as const

/** Flags → dependencies → run. */
export async function main(argv: string[]): Promise<void> {
  await runMain('scheduler', async (signal, logger) => {
    const values = parseFlags('scheduler', flags, argv)
    const { config } = await loadKubeconfig(process.env, { path: values.kubeconfig })
    const client = newClient({ ...config, userAgent: 'kube-scheduler/v1.36.0' })
    const deps = { client, clock: realClock, logger, random: realRandom }
    const scheduler = newScheduler({ ...deps, config: { schedulerName: values['scheduler-name'] } })
    try {
      if (!values['leader-elect']) return await scheduler.run(signal)
      const identity = `${hostname()}_${process.pid}`
      const election = { ...deps, name: 'kube-scheduler', namespace: 'kube-system', identity }
      await runWithLeaderElection(election, (leading) => scheduler.run(leading), signal)
    } finally {
      client.close()
    }
  })
}
