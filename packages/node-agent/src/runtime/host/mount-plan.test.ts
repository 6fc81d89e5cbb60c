import { describe, expect, it } from 'vitest'
import type { Mount } from '../cri.ts'
import type { HostEntry, HostFiles } from './host-files.ts'
import { mirrorLimit, planMounts } from './mount-plan.ts'
import { lockedFlags, mountTable, parseMountInfo } from './mount-table.ts'

/** Directories end in `/`, links are `from -> to`, anything else is a file. */
function aMachine(...paths: string[]): HostFiles {
  const kinds = new Map<string, 'dir' | 'file'>([['/', 'dir']])
  const links = new Map<string, string>()
  for (const path of paths) {
    const [from = '', to] = path.split(' -> ')
    if (to !== undefined) links.set(from, to)
    else if (path.endsWith('/')) kinds.set(path.slice(0, -1), 'dir')
    else kinds.set(path, 'file')
  }
  const real = (path: string) => {
    for (const [from, to] of links)
      if (path === from || path.startsWith(`${from}/`)) return to + path.slice(from.length)
    return path
  }
  return {
    kind: (path) => kinds.get(real(path)),
    real,
    entries(path) {
      const prefix = path === '/' ? '/' : `${path}/`
      const inside = (name: string) =>
        name !== path && name.startsWith(prefix) && !name.slice(prefix.length).includes('/')
      const entry = (name: string, kind: HostEntry['kind']) => ({ name: name.slice(prefix.length), kind })
      return [
        ...[...kinds].filter(([name]) => inside(name)).map(([name, kind]) => entry(name, kind)),
        ...[...links.keys()].filter(inside).map((name) => entry(name, 'link')),
      ]
    },
  }
}

const mount = (containerPath: string, hostPath = '/v', readonly = false): Mount => ({
  containerPath,
  hostPath,
  readonly,
})
const machine = aMachine(
  '/etc/',
  '/etc/hosts',
  '/run/',
  '/run/lock/',
  '/var/',
  '/var/run -> /run',
  '/bin -> /usr/bin',
  '/v/',
  '/f',
  '/dev/',
  '/dev/null',
  '/dev/tty7',
)

describe('the plan of a container root', () => {
  it('shows every entry of the machine, links as links', () => {
    const plan = planMounts([], machine)
    expect(plan.binds.map(({ source, target }) => `${source} ${target}`)).toEqual([
      'root root',
      '/etc root/etc',
      '/run root/run',
      '/var root/var',
      '/v root/v',
      '/f root/f',
      '/dev root/dev',
    ])
    expect(plan.links).toEqual([['/bin', 'root']])
    expect(plan.files).toEqual(['root/f'])
  })

  it('mounts at a place that exists without more ado', () => {
    expect(planMounts([mount('/etc/hosts', '/f')], machine).binds.at(-1)).toEqual({
      source: '/f',
      target: 'root/etc/hosts',
      readonly: false,
      mirrored: false,
    })
  })

  it('makes a missing place in the new root', () => {
    const plan = planMounts([mount('/data/deep/')], machine)
    expect(plan.directories).toContain('root/data/deep')
    expect(plan.binds.at(-1)).toMatchObject({ source: '/v', target: 'root/data/deep' })
  })

  it('covers the directory in which the place is missing, links followed', () => {
    const plan = planMounts([mount('/var/run/secrets/token')], machine)
    expect(plan.directories).toContain('cover-0/secrets/token')
    expect(plan.binds.slice(-3)).toMatchObject([
      { source: '/run/lock', target: 'cover-0/lock', mirrored: true },
      { source: 'cover-0', target: 'root/run' },
      { source: '/v', target: 'root/run/secrets/token' },
    ])
  })

  it('leaves consoles out of a covered /dev and makes a file where a file is mounted', () => {
    const plan = planMounts([mount('/dev/termination-log', '/f')], machine)
    expect(plan.files).toEqual(['root/f', 'cover-0/null', 'cover-0/termination-log'])
  })

  it('reaches the terminals of a covered /dev through the whole of it', () => {
    const plan = planMounts([mount('/dev/termination-log', '/f')], aMachine('/dev/', '/dev/ptmx', '/dev/pts/', '/f'))
    expect(plan.newLinks).toEqual([['.machine/ptmx', 'cover-0/ptmx']])
    expect(plan.binds).toContainEqual({ source: '/dev', target: 'cover-0/.machine', readonly: false, mirrored: true })
  })

  it('mounts outer before inner, whose place it makes in the outer volume', () => {
    const plan = planMounts([mount('/data/conf', '/f'), mount('/data')], machine)
    expect(plan.binds.slice(-2).map(({ target }) => target)).toEqual(['root/data', 'root/data/conf'])
    expect(plan.inVolumes).toEqual([{ path: '/v/conf', kind: 'file' }])
  })

  it('shows a very full directory through an overlay', () => {
    const many = Array.from({ length: mirrorLimit + 1 }, (_, n) => `/run/f${n}`)
    const plan = planMounts([mount('/run/x')], aMachine('/run/', ...many, '/v/'))
    expect(plan.overlays).toEqual([{ lower: '/run', target: 'root/run', points: [{ path: 'x', kind: 'dir' }] }])
  })

  it.each([
    { path: '/etc/hosts/x', message: 'cannot mount at /etc/hosts/x: /etc/hosts is not a directory' },
    { path: '/x', source: '/none', message: 'mount source /none does not exist' },
  ])('refuses $path', ({ path, source, message }) => {
    expect(() => planMounts([mount(path, source)], machine)).toThrow(message)
  })
})

describe('the table of mounts', () => {
  const mountInfo = `25 1 8:1 / / rw,relatime - ext4 /dev/vda rw
26 25 8:2 / /home rw,nosuid,nodev,relatime - ext4 /dev/vdb rw
27 26 8:3 / /home/with\\040space rw,noexec - ext4 /dev/vdc rw
`

  it('knows the flags that a mount was locked with', () => {
    const mounts = parseMountInfo(mountInfo)
    expect(lockedFlags('/etc', mounts)).toEqual([])
    expect(lockedFlags('/home/me/x', mounts)).toEqual(['nosuid', 'nodev'])
    expect(lockedFlags('/home/with space', mounts)).toEqual(['noexec'])
  })

  it('binds the directory that it is in before anything is mounted there', () => {
    const options = { tmpfs: '/var/c/m', scratch: '/var/c', mountInfo, unprivileged: true }
    const text = mountTable(planMounts([mount('/data dir', '/v', true)], machine), options)
    expect(text.split('\n').slice(0, 3)).toEqual([
      '/var/c/m/root /var/c/m/root none rbind 0 0',
      '/var /var/c/m/root/var none rbind,nofail 0 0',
      '/etc /var/c/m/root/etc none rbind,nofail 0 0',
    ])
    expect(text).toMatch(/\/v \/var\/c\/m\/root\/data\\040dir none rbind,ro 0 0\n$/)
  })
})
