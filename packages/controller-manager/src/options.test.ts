import { describe, expect, it } from 'vitest'
import { isEnabled } from './options.ts'

describe('the list of controllers', () => {
  it.each([
    { controllers: ['*'], want: true },
    { controllers: ['deployment'], want: true },
    { controllers: ['deployment-controller'], want: true },
    { controllers: ['namespace'], want: false },
    { controllers: ['*', '-deployment'], want: false },
    { controllers: ['*', '-deployment-controller'], want: false },
    { controllers: ['deployment', '-deployment'], want: true },
  ])('$controllers runs the deployment controller: $want', ({ controllers, want }) => {
    expect(isEnabled('deployment-controller', controllers)).toBe(want)
  })
  it('takes upstream’s aliases', () => {
    expect(isEnabled('certificatesigningrequest-signing-controller', ['csrsigning'])).toBe(true)
    expect(isEnabled('garbage-collector-controller', ['*', '-garbagecollector'])).toBe(false)
  })
})
