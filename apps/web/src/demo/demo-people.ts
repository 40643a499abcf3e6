import type { MemberView, PersonView } from '../chat/views.ts'

type UserId = PersonView['user']

function person(number: number, name: string, displayName: string): PersonView {
  const id = `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`
  return { user: id as UserId, name, displayName }
}

export const self = person(0, 'noor', 'Noor Haddad')
export const anna = person(11, 'anna.k', 'Anna Kowalska')
export const ben = person(12, 'ben', 'Ben Okafor')
export const mai = person(23, 'mai_tran', 'Mai Tran')
export const luis = person(44, 'luis', 'Luis Ortega')
export const ruth = person(35, 'ruth.b', 'Ruth Baumgartner')
export const yusuf = person(56, 'yusuf', 'يوسف العلي')
export const everybody = [anna, ben, mai, luis, ruth, yusuf]

export function member(of: PersonView, role: MemberView['role'] = 'member'): MemberView {
  return { ...of, role, isSelf: of.user === self.user, isVerified: of.user === anna.user }
}
