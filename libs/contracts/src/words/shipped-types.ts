// Words of the VM types and OS types that come with the cloud (migration 0004 has their English). What an administrator writes himself is shown as he wrote it.
export const SHIPPED_TYPES = {
  vmTypeTiny: { en: 'Test guests and appliances', zh: '测试机与小型设备' },
  vmTypeSmall: { en: 'A small Linux server', zh: '小型 Linux 服务器' },
  vmTypeMedium: { en: 'A server or a light desktop', zh: '服务器或轻量桌面' },
  vmTypeDesktop: { en: 'A Linux desktop for a lesson', zh: '课堂用 Linux 桌面' },
  vmTypeLarge: { en: 'A Windows desktop or a busy server', zh: 'Windows 桌面或繁忙的服务器' },
  vmTypeXlarge: { en: 'Development, graphics, databases', zh: '开发、图形与数据库' },
  osTypeOther: { en: 'Other', zh: '其他系统' },
  osTypeLinuxDesktop: { en: 'Linux desktop', zh: 'Linux 桌面' },
  osTypeWindowsDesktop: { en: 'Windows desktop', zh: 'Windows 桌面' },
  osTypeWindowsLegacy: { en: 'Windows XP, 2003 and older', zh: 'Windows XP、2003 及更早' },
} as const;
