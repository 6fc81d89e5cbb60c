import { realClock, sleep } from '@wherry/component-base'

/** Asks until the answer is neither undefined nor false nor an error; then resolves with it. */
export async function eventually<T>(ask: () => T | Promise<T>, timeoutMs = 15_000): Promise<NonNullable<T>> {
  const end = realClock.now() + timeoutMs
  for (;;) {
    let problem: unknown
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== null && answer !== false) return answer
      problem = new Error('it did not come true')
    } catch (error) {
      problem = error
    }
    if (realClock.now() > end) throw new Error(`not within ${timeoutMs} ms: ${String(problem)}`, { cause: problem })
    await sleep(realClock, 10)
  }
}
