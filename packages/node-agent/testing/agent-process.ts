import { realClock, realRandom, silentLogger } from '@wherry/component-base'
import { newClient } from '@wherry/client'
import { newNodeAgent } from '../src/agent.ts'
import { newHostRuntime } from '../src/runtime/host/host-runtime.ts'
import { runtimeDirectory } from '../src/stop-containers.ts'

/** An agent as a process of its own, for tests that kill it: SERVER ROOT-DIR. */
const [server = '', rootDir = ''] = process.argv.slice(2)
const runtime = newHostRuntime({
  clock: realClock,
  logger: silentLogger,
  config: { rootDir: runtimeDirectory(rootDir), podCIDR: '127.197.0.0/24', nodeIP: '127.0.0.1', imageDir: rootDir },
})
const agent = newNodeAgent({
  client: newClient({ server }),
  clock: realClock,
  logger: silentLogger,
  random: realRandom,
  runtime,
  config: {
    nodeName: 'node-1',
    nodeIP: '127.0.0.1',
    rootDir,
    server: { address: '127.0.0.1', port: 0 },
    registerNode: true,
    nodeLabels: {},
    registerWithTaints: [],
    maxPods: 10,
  },
})
await agent.run(new AbortController().signal)
