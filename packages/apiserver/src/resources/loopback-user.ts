import type { UserInfo } from '../registry/resource.ts'

/** Who the server is to itself when one resource's behaviour writes another. */
export const loopbackUser: UserInfo = { name: 'system:apiserver', groups: ['system:masters'] }
