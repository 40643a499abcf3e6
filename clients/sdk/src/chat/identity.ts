import {
  accountKeyFromSeed,
  createAccountKey,
  defaultSuite,
  MlsDevice,
  signDeviceKey,
  verifyDeviceKey,
} from '@parley/e2ee'
import { accountRoutes, type DeviceId, limits, toBase64Url } from '@parley/protocol'
import { type Api, bytesOf } from '../net/api.ts'
import { ParleyError } from '../parley-error.ts'
import type { LocalState } from '../state/local-state.ts'
import type { AccountRecord } from '../state/records.ts'
import type { Device } from '../views.ts'

export interface IdentityOptions {
  readonly state: LocalState
  readonly api: Api
}

const keyPackagesAtOnce = 50
/** Post-quantum key packages are large; a call stays below the size of a request. */
const keyPackagesPerCall = 20
/** What the account's seed is sealed for. */
const seedPurpose = 'parley/account-seed/1'

/**
 * The keys of this device and of its account, from the first sign-in to the last key package. Each
 * step is stored before the next; a step that was cut off is done again.
 */
export class Identity {
  readonly #state: LocalState
  readonly #api: Api
  #preparing: Promise<void> = Promise.resolve()

  constructor({ state, api }: IdentityOptions) {
    this.#state = state
    this.#api = api
  }

  /** Does what can be done now, one call after the other. Afterwards the device is `ready`, or waits for approval. */
  async prepare(): Promise<void> {
    const before = this.#preparing
    const now = before.catch(() => {}).then(() => this.#prepareOnce())
    this.#preparing = now
    await now
  }

  get isPending(): boolean {
    return this.#state.account?.setup === 'pending'
  }

  async #prepareOnce(): Promise<void> {
    if ((await this.#state.ensureMls()) === false) await this.#makeKeys()
    if (this.#account.setup === 'keys') await this.#publishDeviceKey()
    if (this.#account.setup === 'pending') await this.#readApproval()
    if (this.#account.setup === 'packages') await this.#publishFirstPackages()
  }

  /** Others have used up most of what was published. */
  async refill(): Promise<void> {
    if (this.#account.setup !== 'ready') return
    const { available, hasLastResort } = await this.#api.call(accountRoutes.countKeyPackages)
    if (available < limits.keyPackagesRefillBelow)
      await this.#publishPackages(keyPackagesAtOnce - available, !hasLastResort)
    else if (!hasLastResort) await this.#publishPackages(0, true)
  }

  async devices(): Promise<readonly Device[]> {
    const { devices } = await this.#api.call(accountRoutes.listDevices)
    return devices.map(({ deviceKey: _, ...device }) => device)
  }

  /** Signs the key of a pending device, and hands it the account key. */
  async approve(device: DeviceId): Promise<void> {
    const { user, accountSeed } = this.#account
    if (accountSeed === null) throw new ParleyError('device-pending')
    const { devices } = await this.#api.call(accountRoutes.listDevices)
    const pending = devices.find((each) => each.device === device)
    if (pending === undefined) throw new ParleyError('not-found', 'no such device')
    if (pending.deviceKey === null) throw new ParleyError('conflict', 'the device has no key yet')
    const deviceKey = bytesOf(pending.deviceKey)
    const secret = bytesOf(accountSeed)
    const signature = await signDeviceKey({ seed: secret }, { user, device, deviceKey })
    const sealed = await this.#state.transact(({ mls }) =>
      mls.sealForDevice({ purpose: seedPurpose, deviceKey, secret }),
    )
    await this.#api.call(accountRoutes.approveDevice, {
      params: { device },
      body: { signature: toBase64Url(signature), sealedAccountKey: toBase64Url(sealed) },
    })
  }

  get #account(): AccountRecord {
    const { account } = this.#state
    if (account === undefined || account.isExpired) throw new ParleyError('signed-out')
    return account
  }

  async #makeKeys(): Promise<void> {
    const { user, device, isFirstDevice } = this.#account
    const module = await this.#state.module()
    const accountKey = isFirstDevice ? await createAccountKey() : undefined
    await this.#state.transact(async (transaction) => {
      const mls = MlsDevice.create({ module, user, device })
      this.#state.adoptMls(mls)
      const { deviceKey } = mls
      const signed =
        accountKey === undefined
          ? {}
          : {
              accountKey: toBase64Url(accountKey.publicKey),
              accountSeed: toBase64Url(accountKey.seed),
              signature: toBase64Url(await signDeviceKey(accountKey, { user, device, deviceKey })),
            }
      transaction.setAccount({ ...this.#account, ...signed, deviceKey: toBase64Url(deviceKey) })
    })
  }

  async #publishDeviceKey(): Promise<void> {
    const { accountKey, deviceKey, signature } = this.#account
    if (accountKey !== null && signature !== null)
      await this.#api.call(accountRoutes.putAccountKey, { body: { accountKey } })
    const { state } = await this.#api.call(accountRoutes.putDeviceKey, {
      body: { deviceKey, ...(signature === null ? {} : { signature }) },
    })
    await this.#setSetup(state === 'active' && signature !== null ? 'packages' : 'pending')
  }

  async #readApproval(): Promise<void> {
    const approval = await this.#api.call(accountRoutes.readApproval)
    if (approval.state === 'pending' || approval.signature === null) return
    const { user, device, deviceKey } = this.#account
    if (approval.sealedAccountKey === null || deviceKey === null)
      throw new ParleyError('broken-server', 'an approval without the account key')
    const sealed = bytesOf(approval.sealedAccountKey)
    const { signature } = approval
    await this.#state.transact(async (transaction) => {
      const seed = transaction.mls.openForDevice({ purpose: seedPurpose, sealed })
      const { publicKey } = await accountKeyFromSeed(seed)
      const claim = { user, device, deviceKey: bytesOf(deviceKey) }
      if (!(await verifyDeviceKey(publicKey, claim, bytesOf(signature))))
        throw new ParleyError('broken-server', 'the approval is of another account')
      transaction.setAccount({
        ...this.#account,
        accountKey: toBase64Url(publicKey),
        accountSeed: toBase64Url(seed),
        signature,
        setup: 'packages',
      })
    })
  }

  async #publishFirstPackages(): Promise<void> {
    await this.#publishPackages(keyPackagesAtOnce, true)
    await this.#setSetup('ready')
  }

  async #publishPackages(count: number, hasLastResort: boolean): Promise<void> {
    for (let left = count; left > 0; left -= keyPackagesPerCall) {
      const keyPackages = await this.#state.transact(({ mls }) =>
        mls.keyPackages(Math.min(left, keyPackagesPerCall)).map(toBase64Url),
      )
      await this.#publish({ keyPackages })
    }
    if (!hasLastResort) return
    const lastResort = await this.#state.transact(({ mls }) =>
      toBase64Url(mls.lastResortKeyPackage()),
    )
    await this.#publish({ keyPackages: [], lastResort })
  }

  async #publish(packages: { keyPackages: readonly string[]; lastResort?: string }): Promise<void> {
    await this.#api.call(accountRoutes.publishKeyPackages, {
      body: { suite: defaultSuite, ...packages },
    })
  }

  async #setSetup(setup: AccountRecord['setup']): Promise<void> {
    await this.#state.transact((transaction) => {
      transaction.setAccount({ ...this.#account, setup })
    })
  }
}
