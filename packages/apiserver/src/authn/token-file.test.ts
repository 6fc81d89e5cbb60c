import { describe, expect, it } from 'vitest'
import { newTokenFileAuthenticator, parseTokenFile } from './token-file.ts'

describe('a token file', () => {
  it('names users by their tokens, with groups in quotes', async () => {
    const users = parseTokenFile('t1,alice,1,"devs,ops"\nt2,bob,2\nt3,carol,3,devs\r\n\nt2,dave,4\n', 'f')
    expect([...users]).toEqual([
      ['t1', { name: 'alice', uid: '1', groups: ['devs', 'ops'] }],
      ['t2', { name: 'dave', uid: '4', groups: [] }],
      ['t3', { name: 'carol', uid: '3', groups: ['devs'] }],
    ])
    const authenticator = newTokenFileAuthenticator(users)
    expect(await authenticator.authenticateToken('t1', ['api'])).toEqual({
      user: { name: 'alice', uid: '1', groups: ['devs', 'ops'] },
      audiences: ['api'],
    })
    expect(await authenticator.authenticateToken('t9', ['api'])).toBeUndefined()
  })

  it('is refused where a line is too short', () => {
    expect(() => parseTokenFile('t1,alice', 'f')).toThrow(
      "token file 'f' must have at least 3 columns (token, user name, user uid), found 2",
    )
  })

  it('takes no line without a token', () => {
    expect(parseTokenFile(',alice,1', 'f').size).toBe(0)
  })
})
