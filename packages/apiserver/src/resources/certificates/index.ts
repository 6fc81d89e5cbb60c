import type { ResourceDefinition } from '../../registry/resource.ts'
import { certificateSigningRequests } from './certificate-signing-request.ts'

export const certificatesDefinitions: readonly ResourceDefinition[] = [certificateSigningRequests]
