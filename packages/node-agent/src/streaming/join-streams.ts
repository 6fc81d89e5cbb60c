import type { Duplex } from 'node:stream'

/**
 * Carries bytes both ways until both directions have ended; an end passes on, so that one side may still speak when the
 * other has finished. A side that breaks takes the other with it; the promise rejects with the reason.
 */
export async function joinStreams(a: Duplex, b: Duplex): Promise<void> {
  await Promise.all([carry(a, b), carry(b, a)])
}

function carry(from: Duplex, to: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      to.destroy()
      reject(error)
    }
    from.once('error', fail)
    from.once('end', resolve)
    from.once('close', () => {
      if (!from.readableEnded) to.destroy()
      resolve()
    })
    from.pipe(to)
  })
}
