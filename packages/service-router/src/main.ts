import { loadKubeconfig, newClient } from '@wherry/client'
import { parseFlags, realClock, realRandom, runMain } from '@wherry/component-base'
import { newServiceRouter } from './router.ts'

const flags = {
  kubeconfig: { type: 'string', describe: 'how to reach the API server', required: true },
  'nodeport-addresses': {
    type: 'string',
    describe: 'addresses on which node ports are served, separated by commas',
    default: '127.0.0.1',
  },
} as const

/** Flags → dependencies → run. */
export async function main(argv: string[]): Promise<void> {
  await runMain('service-router', async (signal, logger) => {
    const values = parseFlags('service-router', flags, argv)
    const { config } = await loadKubeconfig(process.env, { path: values.kubeconfig })
    const client = newClient({ ...config, userAgent: 'kube-proxy/v1.36.0' })
    const nodePortAddresses = values['nodeport-addresses'].split(',').filter((address) => address !== '')
    const deps = { client, clock: realClock, logger, random: realRandom, config: { nodePortAddresses } }
    try {
      await newServiceRouter(deps).run(signal)
    } finally {
      client.close()
    }
  })
}
