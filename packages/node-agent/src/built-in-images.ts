import { join, resolve } from 'node:path'
import { registerImage } from './images.ts'

/**
 * Registers the images that come with the agent: `wherry/shell` is the machine's own shell, and `wherry/hello` answers
 * HTTP requests on port 8080 of its pod.
 */
export async function registerBuiltInImages(imageDir: string, helloDir: string | undefined): Promise<void> {
  const shell = { name: 'wherry/shell', directory: '/', entrypoint: [], cmd: ['/bin/sh'], env: {} }
  await registerImage(imageDir, shell)
  if (helloDir === undefined) return
  const directory = resolve(helloDir)
  const entrypoint = [process.execPath, join(directory, 'server.cjs')]
  await registerImage(imageDir, { name: 'wherry/hello', directory, entrypoint, cmd: [], env: {} })
}
