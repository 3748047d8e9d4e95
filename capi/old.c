/*
 * The older versions of two functions, each in the version node with which programs were
 * linked. `cargo xtask capi` compiles this file into the shared object, because Rust
 * cannot give one name two versions.
 */
#include <stddef.h>

/* Until 1.1.6, the function did not return the error's text. */
void *snd_dlopen(const char *name, int mode, char *text, size_t size);
__asm__(".symver alsa_seq_old_dlopen, snd_dlopen@ALSA_0.9");
void *alsa_seq_old_dlopen(const char *name, int mode)
{
	return snd_dlopen(name, mode, NULL, 0);
}

/* The same function; since 1.2.13, it is in another node. */
void snd_ump_block_info_set_block_id(void *info, unsigned int id);
__asm__(".symver alsa_seq_old_set_block_id, snd_ump_block_info_set_block_id@ALSA_1.2.10");
void alsa_seq_old_set_block_id(void *info, unsigned int id)
{
	snd_ump_block_info_set_block_id(info, id);
}
