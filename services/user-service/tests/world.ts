import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { EmbeddedEngines, EphemeralStore } from '@parley/engines'
import {
  accountRoutes,
  type DeviceId,
  type ErrorBody,
  parseInput,
  toText,
  type UserId,
} from '@parley/protocol'
import { MetricRegistry, systemRandom } from '@parley/runtime'
import { silentLog } from '@parley/runtime/testing'
import type { z } from 'zod'
import { deviceKeyStatement } from '../src/adapters/device-key-signature.webcrypto.ts'
import { defaultUserConfig, type UserConfig } from '../src/config.ts'
import { startUserService, type UserService, type UserServiceContext } from '../src/service.ts'
import { type Dialect, openPglite, temporaryEngines } from './engines.ts'
import { LeapingClock } from './leaping-clock.ts'

export type RouteName = keyof typeof accountRoutes
export type AnswerOf<Name extends RouteName> = z.output<(typeof accountRoutes)[Name]['answer']>

export interface Answered<Name extends RouteName> {
  readonly status: number
  readonly headers: Headers
  /** Fails unless the route has succeeded. */
  readonly answer: AnswerOf<Name>
  readonly error: ErrorBody['error'] | undefined
}

export interface AskOptions {
  readonly body?: unknown
  readonly token?: string | undefined
  readonly params?: Readonly<Record<string, string>>
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The service on real engines, a clock that stands, and limits that no test meets by accident. */
export class World implements AsyncDisposable {
  readonly clock: LeapingClock
  readonly engines: EmbeddedEngines
  readonly context: UserServiceContext
  readonly reported: Error[]
  service: UserService
  #names = 0

  private constructor(
    parts: Pick<World, 'clock' | 'engines' | 'context' | 'reported' | 'service'>,
  ) {
    this.clock = parts.clock
    this.engines = parts.engines
    this.context = parts.context
    this.reported = parts.reported
    this.service = parts.service
  }

  static async open(
    dialect: Dialect,
    changes: Partial<UserConfig> = {},
    store?: EphemeralStore,
  ): Promise<World> {
    const clock = new LeapingClock()
    const engines = await temporaryEngines(clock)
    const reported: Error[] = []
    const context: UserServiceContext = {
      openSql: (name, migrations) =>
        dialect === 'sqlite' ? engines.openSql(name, migrations) : openPglite(migrations),
      ephemeralStore: store ?? engines.ephemeralStore,
      eventLog: engines.eventLog,
      bus: engines.bus,
      sessionRegistry: engines.sessionRegistry,
      clock,
      random: systemRandom,
      log: silentLog,
      metrics: new MetricRegistry(),
      config: defaultUserConfig({
        hashMemoryKib: 19_456,
        hashPasses: 2,
        signUpBurst: 10_000,
        signInBurst: 10_000,
        addressSignInBurst: 10_000,
        newDeviceBurst: 10_000,
        lookUpBurst: 10_000,
        claimBurst: 10_000,
        ...changes,
      }),
      keyRing: [{ id: 'k1', key: randomBytes(32) }],
      cell: 0,
      report: (error) => reported.push(error),
    }
    const service = await startUserService(context)
    return new World({ clock, engines, context, reported, service })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]()
    await this.engines[Symbol.asyncDispose]()
  }

  /** After what timers have begun: the embedded database answers within a few turns of the loop. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 100; turn += 1) await setImmediate()
  }

  async ask<Name extends RouteName>(
    name: Name,
    { body, token, params = {}, query = '', headers = {} }: AskOptions = {},
  ): Promise<Answered<Name>> {
    const { method, path, answer } = accountRoutes[name]
    const url = path.replaceAll(/\{(\w+)\}/g, (_, param: string) => params[param] ?? '')
    const response = await this.service.fetch(
      new Request(`http://parley.test${url}${query}`, {
        method: method.toUpperCase(),
        ...(body !== undefined && { body: JSON.stringify(body) }),
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          'x-parley-address': '203.0.113.9',
          host: 'parley.test',
          ...headers,
        },
      }),
    )
    const json: unknown = await response.json()
    return {
      status: response.status,
      headers: response.headers,
      get answer() {
        return parseInput(answer as unknown as z.ZodType<AnswerOf<Name>>, json)
      },
      error: response.ok ? undefined : (json as ErrorBody).error,
    }
  }

  newName(): string {
    this.#names += 1
    return `person.${'abcdefghjk'[this.#names % 10]}${String(this.#names).padStart(4, 'x')}`
  }

  async signUp(name = this.newName()): Promise<Person> {
    const { answer } = await this.ask('signUp', { body: newAccount(name) })
    return new Person(this, name, answer)
  }

  /** A person whose device has its keys and is active. */
  async signUpWithKeys(): Promise<Person> {
    const person = await this.signUp()
    const { accountKey, putAccountKey } = await person.makeAccountKey()
    await putAccountKey()
    await person.putDeviceKey(accountKey)
    return person
  }
}

export const password = 'seven violet umbrellas hum'

export const newAccount = (name: string) => ({
  name,
  password,
  deviceName: 'Laptop',
  platform: 'node' as const,
  transport: 'body' as const,
})

/** Somebody who is signed in on one device. */
export class Person {
  readonly world: World
  readonly name: string
  readonly user: UserId
  readonly device: DeviceId
  readonly token: string
  readonly refreshToken: string

  constructor(world: World, name: string, session: AnswerOf<'signUp'>) {
    this.world = world
    this.name = name
    this.user = session.user
    this.device = session.device
    this.token = session.accessToken
    this.refreshToken = session.refreshToken ?? ''
  }

  ask<Name extends RouteName>(name: Name, options: AskOptions = {}): Promise<Answered<Name>> {
    return this.world.ask(name, { token: this.token, ...options })
  }

  /** The same account on a further device. */
  async signIn(changes: Readonly<Record<string, unknown>> = {}): Promise<Person> {
    this.world.clock.leap(1)
    const { answer } = await this.world.ask('signIn', {
      body: { ...newAccount(this.name), ...changes },
    })
    return new Person(this.world, this.name, answer)
  }

  async makeAccountKey() {
    const accountKey = await newSigner()
    const putAccountKey = () =>
      this.ask('putAccountKey', { body: { accountKey: toText(accountKey.publicKey) } })
    return { accountKey, putAccountKey }
  }

  /** Without account key the device key goes unsigned. */
  async putDeviceKey(accountKey?: Signer): Promise<Uint8Array> {
    const deviceKey = new Uint8Array(randomBytes(32))
    const signature = accountKey && (await accountKey.sign(this, deviceKey))
    await this.ask('putDeviceKey', {
      body: { deviceKey: toText(deviceKey), ...(signature && { signature: toText(signature) }) },
    }).then(({ answer }) => answer)
    return deviceKey
  }

  async publish(count: number, { withLastResort = false, suite = 79 } = {}): Promise<void> {
    const keyPackages = Array.from({ length: count }, () => toText(randomBytes(200)))
    await this.ask('publishKeyPackages', {
      body: { suite, keyPackages, ...(withLastResort && { lastResort: toText(randomBytes(200)) }) },
    }).then(({ answer }) => answer)
  }
}

export interface Signer {
  readonly publicKey: Uint8Array
  sign(
    of: { readonly user: UserId; readonly device: DeviceId },
    deviceKey: Uint8Array,
  ): Promise<Uint8Array>
}

async function newSigner(): Promise<Signer> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error('a key pair is needed')
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  return {
    publicKey,
    sign: async ({ user, device }, deviceKey) =>
      new Uint8Array(
        await crypto.subtle.sign(
          'Ed25519',
          pair.privateKey,
          deviceKeyStatement({ user, device, deviceKey }),
        ),
      ),
  }
}
