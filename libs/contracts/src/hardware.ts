// What virtual hardware a guest may have, as plain lists: also for the pages, which load no schemas.
export const DISK_BUSES = ['virtio', 'sata', 'ide'] as const;
export const NIC_MODELS = ['virtio', 'e1000e', 'e1000', 'rtl8139'] as const;
export const VIDEO_MODELS = ['virtio', 'qxl', 'vga', 'cirrus'] as const;
export const AUDIO_MODELS = ['none', 'hda', 'ac97'] as const;
