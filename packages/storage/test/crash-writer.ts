import { openLevelStorage } from '../src/index.ts'

/**
 * Writes to the store in a directory until it is killed, from several writers at once, and says each acknowledged write
 * on its standard output: `<revision> <key> <value>`, with an empty value for a delete.
 */
const [, , path = '', round = '0'] = process.argv
const storage = await openLevelStorage({ path })
process.stdout.write(`${storage.revision()} opened \n`)

async function writer(number: number): Promise<never> {
  for (let count = 0; ; count++) {
    const key = `/k/${number}-${count % 5}`
    const value = `${round}:${number}:${count}`
    const result = count % 7 === 6 ? await storage.delete(key) : await storage.put(key, Buffer.from(value))
    if ('revision' in result) process.stdout.write(`${result.revision} ${key} ${count % 7 === 6 ? '' : value}\n`)
    if (number === 0 && count % 50 === 49) await storage.compact(storage.revision() - 100)
  }
}

await Promise.all(Array.from({ length: 8 }, (_, number) => writer(number)))
