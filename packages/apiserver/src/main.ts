import { childOf, componentLogger, parseFlags, realClock, realRandom, runMain } from '@wherry/component-base'
import { openLevelStorage, runCompaction } from '@wherry/storage'
import { apiserverFlags } from './flags/flags.ts'
import { apiserverOptions } from './flags/options.ts'
import { refuseElsewhere } from './flags/refused.ts'
import { newAPIServer } from './server.ts'

/** Flags → dependencies → run. */
export async function main(argv: string[]): Promise<void> {
  await runMain('apiserver', async (signal) => {
    refuseElsewhere(argv)
    const values = parseFlags('apiserver', apiserverFlags, argv)
    const logger = componentLogger('apiserver', values.v)
    // What is wrong with the command line is told before the data directory is touched.
    const options = await apiserverOptions(values, realClock.now())
    const storage = await openLevelStorage({ path: values['data-dir'] })
    // When one of the two ends, so does the other.
    const ending = childOf(signal)
    try {
      const server = newAPIServer({ storage, clock: realClock, random: realRandom, logger, options })
      const parts = [server.run(ending.signal), runCompaction({ storage, clock: realClock }, ending.signal)]
      const ends = await Promise.allSettled(parts.map((part) => part.finally(() => ending.abort())))
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    } finally {
      ending.release()
      await storage.close()
    }
  })
}
