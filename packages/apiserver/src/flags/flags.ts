import { verbosityFlag } from '@wherry/component-base'
import { authorizationModes } from '../authz/authorizer.ts'

const serving = {
  'bind-address': { type: 'string', describe: 'address to listen on', default: '127.0.0.1' },
  'secure-port': { type: 'number', describe: 'port to listen on', default: 6443 },
  'advertise-address': { type: 'string', describe: 'address under which others reach the server' },
  'external-hostname': { type: 'string', describe: 'name of the server in addresses that it tells others' },
  'tls-cert-file': { type: 'string', describe: "the server's certificate; self-signed in --cert-dir unless told" },
  'tls-private-key-file': { type: 'string', describe: 'its private key' },
  'cert-dir': {
    type: 'string',
    describe: 'where a self-signed certificate is kept',
    default: '/var/run/kubernetes',
  },
  'tls-min-version': {
    type: 'string',
    describe: 'oldest version of TLS that is spoken',
    choices: ['VersionTLS12', 'VersionTLS13'],
    default: 'VersionTLS12',
  },
  'tls-cipher-suites': { type: 'strings', describe: "cipher suites of TLS 1.2, by IANA's names; Node's unless told" },
  'proxy-client-cert-file': { type: 'string', describe: 'certificate shown to the servers behind APIServices' },
  'proxy-client-key-file': { type: 'string', describe: 'its private key' },
  'kubelet-client-certificate': { type: 'string', describe: 'certificate shown to kubelets' },
  'kubelet-client-key': { type: 'string', describe: 'its private key' },
  'kubelet-certificate-authority': { type: 'string', describe: "CA of kubelets' certificates" },
  'kubelet-preferred-address-types': {
    type: 'strings',
    describe: 'which of a node’s addresses its kubelet is reached at, the best first',
    choices: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'],
    default: ['InternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS', 'ExternalIP'],
  },
} as const

const authentication = {
  'anonymous-auth': { type: 'boolean', describe: 'let in who shows no credentials', default: true },
  'client-ca-file': { type: 'string', describe: 'CA whose client certificates are users' },
  'token-auth-file': { type: 'string', describe: 'CSV of tokens: token,user,uid,"group1,group2"' },
  'enable-bootstrap-token-auth': {
    type: 'boolean',
    describe: 'believe the bootstrap tokens in kube-system',
    default: false,
  },
  'requestheader-client-ca-file': { type: 'string', describe: 'CA of proxies that say in headers who asks' },
  'requestheader-allowed-names': { type: 'strings', describe: 'common names of such proxies; any unless told' },
  'requestheader-username-headers': { type: 'strings', describe: 'headers that name the user, such as X-Remote-User' },
  'requestheader-uid-headers': { type: 'strings', describe: 'headers that name its uid, such as X-Remote-Uid' },
  'requestheader-group-headers': { type: 'strings', describe: 'headers that name its groups, such as X-Remote-Group' },
  'requestheader-extra-headers-prefix': {
    type: 'strings',
    describe: 'prefixes of headers that tell more, such as X-Remote-Extra-',
  },
  'oidc-issuer-url': { type: 'string', describe: 'OpenID Connect issuer whose ID tokens are users' },
  'oidc-client-id': { type: 'string', describe: 'the audience that ID tokens must be for' },
  'oidc-ca-file': { type: 'string', describe: "CA of the issuer's certificate" },
  'oidc-username-claim': { type: 'string', describe: 'claim that names the user', default: 'sub' },
  'oidc-username-prefix': {
    type: 'string',
    describe: "what is put before it; '-' for nothing, by default the issuer, but for email",
    default: '',
  },
  'oidc-groups-claim': { type: 'string', describe: 'claim that names the groups', default: '' },
  'oidc-groups-prefix': { type: 'string', describe: 'what is put before each of them', default: '' },
  'oidc-signing-algs': {
    type: 'strings',
    describe: 'algorithms that ID tokens may be signed with',
    choices: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'],
    default: ['RS256'],
  },
  'oidc-required-claim': { type: 'array', describe: 'key=value that an ID token must claim' },
  'service-account-issuer': {
    type: 'array',
    describe: 'whom service account tokens are from; further ones are believed, too',
    default: ['https://kubernetes.default.svc.cluster.local'],
  },
  'service-account-signing-key-file': { type: 'string', describe: 'key that signs the tokens', required: true },
  'service-account-key-file': {
    type: 'array',
    describe: 'keys, public or private, whose tokens are believed; the signing key unless told',
  },
  'service-account-lookup': {
    type: 'boolean',
    describe: 'what a token is bound to must still exist',
    default: true,
  },
  'service-account-extend-token-expiration': {
    type: 'boolean',
    describe: 'tokens that kubelets put into pods outlive what they ask for',
    default: true,
  },
  'service-account-max-token-expiration': {
    type: 'duration',
    describe: 'how long tokens live at most; 0 for any time',
    default: '0s',
  },
  'service-account-jwks-uri': { type: 'string', describe: 'where the discovery document says that the keys are' },
  'api-audiences': { type: 'strings', describe: 'audiences of tokens for this server; the issuer unless told' },
} as const

const policy = {
  'authorization-mode': {
    type: 'strings',
    describe: 'who is asked whether a request is allowed, in order',
    choices: authorizationModes,
    default: ['Node', 'RBAC'],
  },
  'enable-admission-plugins': { type: 'strings', describe: 'admission plugins that must be on, as all that are there' },
  'disable-admission-plugins': { type: 'strings', describe: 'admission plugins that are left out' },
} as const

const rest = {
  'data-dir': { type: 'string', describe: 'directory that holds all objects', required: true },
  'service-cluster-ip-range': { type: 'string', describe: 'addresses of Services', default: '10.0.0.0/24' },
  'service-node-port-range': { type: 'string', describe: 'ports of NodePort Services', default: '30000-32767' },
  'event-ttl': { type: 'duration', describe: 'how long events stay', default: '1h0m0s' },
  'descriptions-file': {
    type: 'string',
    describe: 'what types and fields are for, as the build wrote it; explain has no prose without it',
  },
  'allow-loopback-endpoints': {
    type: 'boolean',
    describe: 'endpoints may lie in 127.0.0.0/8, as pods of the host runtime do',
    default: false,
  },
  'allow-privileged': { type: 'boolean', describe: 'containers may be privileged; only true is there', default: true },
  profiling: { type: 'boolean', describe: 'serve /debug/pprof; only false is there', default: false },
} as const

/** The flags of `wherry apiserver`: those of kube-apiserver whose function is here, and a few of its own. */
export const apiserverFlags = { ...rest, ...serving, ...authentication, ...policy, ...verbosityFlag } as const
