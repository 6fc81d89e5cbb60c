import { CertificateSigningRequest } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const certificateSigningRequests = defineResource(CertificateSigningRequest, {
  shortNames: ['csr'],
  status: {},
})
