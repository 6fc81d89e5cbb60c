import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConfigMap, Volume } from '@wherry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aPodObject } from '../../testing/builders.ts'
import { staysWithin } from './stays-within.ts'
import { prepareVolume, type VolumeSources } from './volume.ts'

let dir: string
let conf: ConfigMap | undefined
let stamp = 0

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'wherry-volume-'))
  conf = {
    metadata: { name: 'conf' },
    data: { a: 'one', b: 'two' },
    binaryData: { bin: Buffer.from([0, 255]).toString('base64') },
  }
})

afterEach(() => rmSync(dir, { recursive: true }))

const sources: VolumeSources = {
  podIP: '10.0.0.1',
  hostIP: '10.0.0.2',
  allocatable: { cpu: '4' },
  configMap: async (name) => (name === 'conf' ? conf : undefined),
  secret: async (name) =>
    name === 'keys' ? { metadata: {}, data: { k: Buffer.from('s').toString('base64') } } : undefined,
  token: async (audience) => `token for ${audience}`,
  stamp: () => `${stamp++}`,
}

const prepare = (volume: Omit<Volume, 'name'>) => prepareVolume(dir, aPodObject(), { name: 'v', ...volume }, sources)
const shown = (path: string) =>
  readdirSync(path)
    .filter((name) => !name.startsWith('..'))
    .sort()

describe('a volume', () => {
  it('of a ConfigMap has its keys, byte for byte', async () => {
    const { path, readOnly } = await prepare({ configMap: { name: 'conf' } })
    expect(readOnly).toBe(true)
    expect(shown(path)).toEqual(['a', 'b', 'bin'])
    expect(readFileSync(join(path, 'bin'))).toEqual(Buffer.from([0, 255]))
  })

  it('is replaced in one step when its object changes', async () => {
    const { path } = await prepare({ configMap: { name: 'conf' } })
    const before = readlinkSync(join(path, '..data'))
    await prepare({ configMap: { name: 'conf' } })
    expect(readlinkSync(join(path, '..data'))).toBe(before)
    conf = { metadata: {}, data: { a: 'new', c: 'three' } }
    await prepare({ configMap: { name: 'conf' } })
    expect(readlinkSync(join(path, '..data'))).not.toBe(before)
    expect(shown(path)).toEqual(['a', 'c'])
    expect(readFileSync(join(path, 'a'), 'utf8')).toBe('new')
    expect(readdirSync(path).filter((name) => name.startsWith('..'))).toHaveLength(2)
  })

  it('puts keys at paths, with modes', async () => {
    const items = [{ key: 'a', path: 'deep/er/file', mode: 0o400 }]
    const { path } = await prepare({ configMap: { name: 'conf', items, defaultMode: 0o600 } })
    expect(shown(path)).toEqual(['deep'])
    expect(statSync(join(path, 'deep/er/file')).mode & 0o777).toBe(0o400)
  })

  it('projects several sources into one directory', async () => {
    const { path } = await prepare({
      projected: {
        sources: [
          { configMap: { name: 'conf', items: [{ key: 'a', path: 'a' }] } },
          { secret: { name: 'keys' } },
          { secret: { name: 'none', optional: true } },
          { serviceAccountToken: { path: 'token', audience: 'vault' } },
          { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
        ],
      },
    })
    const files = Object.fromEntries(shown(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]))
    expect(files).toEqual({ a: 'one', k: 's', token: 'token for vault', name: 'web' })
  })

  it('of its own is empty, and open to every user of the pod', async () => {
    const { path } = await prepare({ emptyDir: {} })
    expect(statSync(path).mode & 0o777).toBe(0o777)
    writeFileSync(join(path, 'kept'), '')
    await prepare({ emptyDir: {} })
    expect(shown(path)).toEqual(['kept'])
  })

  it.each<{ volume: Omit<Volume, 'name'>; message: string }>([
    { volume: { configMap: { name: 'none' } }, message: 'configmap "none" not found' },
    {
      volume: { configMap: { name: 'conf', items: [{ key: 'z', path: 'z' }] } },
      message: 'configmap default/conf references non-existent config key: z',
    },
    { volume: { secret: { secretName: 'none' } }, message: 'secret "none" not found' },
    {
      volume: { nfs: { server: 's', path: '/' } },
      message: "volume type nfs is not supported by this node's host runtime",
    },
    {
      volume: { hostPath: { path: '/none', type: 'Directory' } },
      message: 'hostPath type check failed: /none is not a directory',
    },
    {
      volume: { hostPath: { path: '/etc/passwd', type: 'Directory' } },
      message: 'hostPath type check failed: /etc/passwd is not a directory',
    },
    {
      volume: { hostPath: { path: '/etc', type: 'Socket' } },
      message: 'hostPath type check failed: /etc is not a socket file',
    },
  ])('cannot be set up: $message', async ({ volume, message }) => {
    await expect(prepare(volume)).rejects.toThrow(message)
  })

  it.each([{ type: 'DirectoryOrCreate' }, { type: '' }])('of the node is made with type "$type"', async ({ type }) => {
    const path = join(dir, 'made')
    expect(await prepare({ hostPath: { path, type } })).toEqual({ path, readOnly: false, host: true })
    expect(statSync(path).isDirectory()).toBe(true)
  })
})

describe('a path within a volume', () => {
  it('stays within it unless a link leads out', async () => {
    mkdirSync(join(dir, 'volume/sub'), { recursive: true })
    symlinkSync('/etc', join(dir, 'volume/out'))
    symlinkSync('sub', join(dir, 'volume/in'))
    const volume = join(dir, 'volume')
    expect(await staysWithin(volume, join(volume, 'sub/new'))).toBe(true)
    expect(await staysWithin(volume, join(volume, 'in'))).toBe(true)
    expect(await staysWithin(volume, join(volume, 'out'))).toBe(false)
    expect(await staysWithin(volume, join(volume, 'out/passwd'))).toBe(false)
  })
})
