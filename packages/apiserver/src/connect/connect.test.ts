import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { fakeBehaviours } from '../../testing/fake-behaviours.ts'
import type { AuthorizationAttributes } from '../authz/authorizer.ts'
import { newConnect } from './connect.ts'

const pod = { kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { containers: [{ name: 'c' }] } }
const bob = { name: 'bob', groups: ['system:authenticated'] }

/** What a stream that begins with this method is answered with; the pod has no node to stream from. */
async function begin(method: string, subresource: string, allowed: boolean) {
  const asked: AuthorizationAttributes[] = []
  const authorizer = {
    authorize(_user: unknown, attributes: AuthorizationAttributes) {
      asked.push(attributes)
      return { allowed, reason: 'no role' }
    },
  }
  const connect = newConnect({ behaviours: fakeBehaviours([pod]), kubelet: {}, authorizer })
  const request = new IncomingMessage(new Socket())
  request.method = method
  const target = {
    resource: 'pods',
    subresource,
    key: { namespace: 'default', name: 'p' },
    user: bob,
    query: new URLSearchParams({ command: 'ls' }),
  }
  const problem = await connect.handle(request, new ServerResponse(request), target).catch((error: unknown) => error)
  return { asked, problem }
}

describe('a stream that begins with a GET', () => {
  it.each(['exec', 'attach', 'portforward'])('needs the right to create, too: %s', async (subresource) => {
    const { asked, problem } = await begin('GET', subresource, false)
    expect(asked).toMatchObject([{ verb: 'create', resource: 'pods', subresource, name: 'p', namespace: 'default' }])
    expect(problem).toMatchObject({ code: 403, message: 'pods "p" is forbidden: no role' })
  })

  it('goes on for who has it', async () => {
    const { problem } = await begin('GET', 'exec', true)
    expect(problem).toMatchObject({ message: 'pod p does not have a host assigned' })
  })

  it('is authorized already where it begins with a POST', async () => {
    const { asked, problem } = await begin('POST', 'exec', false)
    expect(asked).toEqual([])
    expect(problem).toMatchObject({ message: 'pod p does not have a host assigned' })
  })
})
