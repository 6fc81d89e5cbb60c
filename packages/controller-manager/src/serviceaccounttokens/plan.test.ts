import type { Secret, ServiceAccount } from '@wherry/api'
import { deepFreeze } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { accountKey, filled, isFor, withoutReferences } from './plan.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const [named, withUID] = ['kubernetes.io/service-account.name', 'kubernetes.io/service-account.uid']
const account = deepFreeze<ServiceAccount>({ metadata: { namespace: 'n', name: 'app', uid: 'u1' } })
const aSecret = (data?: Record<string, string>, annotations: Record<string, string> = { [named]: 'app' }) =>
  deepFreeze<Secret>({ metadata: { namespace: 'n', name: 's', annotations }, ...(data && { data }) })
const source = {
  sign: ({ namespace, serviceAccount: { name, uid }, secret }: Parameters<Parameters<typeof filled>[2]['sign']>[0]) =>
    [namespace, name, uid, secret].join(' '),
  rootCA: 'ca',
}
const complete = { 'ca.crt': base64('ca'), namespace: base64('n'), token: base64('n app u1 s') }

describe('the Secret of a service account', () => {
  it.each<{ name: string; data?: Record<string, string>; want: Record<string, string> | undefined }>([
    { name: 'gets everything', want: complete },
    { name: 'keeps its token', data: { token: base64('old') }, want: { ...complete, token: base64('old') } },
    { name: 'gets the CA that counts now', data: { ...complete, 'ca.crt': base64('old') }, want: complete },
    { name: 'keeps what else it holds', data: { own: 'eA==' }, want: { ...complete, own: 'eA==' } },
    { name: 'is left alone when it is complete', data: { ...complete, own: 'eA==' }, want: undefined },
  ])('$name', ({ data, want }) => {
    const changed = filled(aSecret(data), account, source)
    expect(changed?.data).toEqual(want)
    if (changed) expect(changed.metadata.annotations).toEqual({ [named]: 'app', [withUID]: 'u1' })
  })

  it('gets no CA where there is none', () => {
    const changed = filled(aSecret(), account, { ...source, rootCA: undefined })
    expect(changed?.data).not.toHaveProperty('ca.crt')
  })

  it('is of the service account that it names, by its uid if it tells one', () => {
    expect(accountKey(aSecret())).toEqual(['n/app'])
    expect(accountKey(aSecret({}, {}))).toEqual([])
    expect(isFor(aSecret(), account)).toBe(true)
    expect(isFor(aSecret({}, { [named]: 'app', [withUID]: 'u1' }), account)).toBe(true)
    expect(isFor(aSecret({}, { [named]: 'app', [withUID]: 'u0' }), account)).toBe(false)
  })
})

describe('the references of a service account', () => {
  it.each<{ secrets: string[]; gone: string[]; want: string[] | undefined }>([
    { secrets: ['a', 'b'], gone: ['b'], want: ['a'] },
    { secrets: ['a'], gone: ['a'], want: [] },
    { secrets: ['a'], gone: ['b'], want: undefined },
    { secrets: [], gone: ['b'], want: undefined },
  ])('$secrets without $gone are $want', ({ secrets, gone, want }) => {
    const changed = withoutReferences({ ...account, secrets: secrets.map((name) => ({ name })) }, gone)
    expect(changed && (changed.secrets ?? []).map(({ name }) => name)).toEqual(want)
  })
})
