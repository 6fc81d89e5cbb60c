import { loadKubeconfig, newClient } from '@wherry/client'
import { componentLogger, parseFlags, realClock, realRandom, runMain, verbosityFlag } from '@wherry/component-base'
import { nodePortAddressesOf } from './node-port-addresses.ts'
import { newServiceRouter } from './router.ts'

const flags = {
  kubeconfig: { type: 'string', describe: 'how to reach the API server', required: true },
  'nodeport-addresses': {
    type: 'strings',
    describe: 'addresses, or ranges of the machine’s addresses, on which node ports are served',
    default: ['127.0.0.1'],
  },
  ...verbosityFlag,
} as const

/** Flags → dependencies → run. */
export async function main(argv: string[]): Promise<void> {
  await runMain('service-router', async (signal) => {
    const values = parseFlags('service-router', flags, argv)
    const logger = componentLogger('service-router', values.v)
    const nodePortAddresses = nodePortAddressesOf(values['nodeport-addresses'])
    const { config } = await loadKubeconfig(process.env, { path: values.kubeconfig })
    const client = newClient({ ...config, userAgent: 'kube-proxy/v1.36.0' })
    const deps = { client, clock: realClock, logger, random: realRandom, config: { nodePortAddresses } }
    try {
      await newServiceRouter(deps).run(signal)
    } finally {
      client.close()
    }
  })
}
