import { describe, expect, it } from 'vitest'
import { assertIdentity, enterCommand, identityCommand, joinIdentityCommand, unshareCommand } from './identity.ts'

const root = { root: true, namespaces: true, uid: 0, gid: 0 }
const user = { root: false, namespaces: true, uid: 1000, gid: 1001 }
const plain = { ...user, namespaces: false }
const text = (words: string[]) => words.join(' ')

describe('the user of a container', () => {
  it.each([
    { name: 'root, as root', isolation: root, identity: {}, want: '' },
    {
      name: 'another, as root',
      isolation: root,
      identity: { runAsUser: 5 },
      want: 'setpriv --reuid 5 --regid 5 --clear-groups --',
    },
    {
      name: 'another with groups, as root',
      isolation: root,
      identity: { runAsUser: 5, runAsGroup: 6, supplementalGroups: [7, 8] },
      want: 'setpriv --reuid 5 --regid 6 --groups 7,8 --',
    },
    {
      name: 'itself, as a user',
      isolation: user,
      identity: {},
      want: 'unshare --user --map-user=1000 --map-group=1001 --',
    },
    {
      name: 'another, as a user',
      isolation: user,
      identity: { runAsUser: 5 },
      want: 'unshare --user --map-user=5 --map-group=0 --',
    },
    { name: 'root, as a user', isolation: user, identity: { runAsUser: 0 }, want: '' },
    { name: 'itself, without namespaces', isolation: plain, identity: {}, want: '' },
  ])('is $name', ({ isolation, identity, want }) => {
    expect(text(identityCommand(isolation, identity))).toBe(want)
  })

  it('cannot be another one for an ordinary user without namespaces', () => {
    expect(() => assertIdentity(plain, { runAsUser: 5 })).toThrow('cannot run as user 5: the node agent is user 1000')
    for (const isolation of [root, user]) expect(() => assertIdentity(isolation, { runAsUser: 5 })).not.toThrow()
    expect(() => assertIdentity(plain, { runAsUser: 1000 })).not.toThrow()
  })
})

describe('the namespaces of a container', () => {
  it('are made, and entered by further commands', () => {
    expect(text(unshareCommand(root))).toBe('unshare --mount --uts --propagation private --')
    expect(text(unshareCommand(user))).toBe('unshare --user --map-root-user --mount --uts --propagation private --')
    expect(unshareCommand(plain)).toEqual([])
    expect(text(enterCommand(root, 7))).toBe('nsenter --target 7 --mount --uts --')
    expect(text(enterCommand(user, 7))).toBe('nsenter --target 7 --mount --uts --user --preserve-credentials --')
    expect(enterCommand(plain, 7)).toEqual([])
  })

  it('of its user are joined, not made once more', () => {
    expect(text(joinIdentityCommand(user, {}))).toBe('nsenter --target $pid --user --preserve-credentials --')
    expect(joinIdentityCommand(user, { runAsUser: 0 })).toEqual([])
    expect(text(joinIdentityCommand(root, { runAsUser: 5 }))).toContain('setpriv')
  })
})
