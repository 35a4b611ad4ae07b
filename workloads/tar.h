/*
 * tar.h: write a tar archive to a stream: regular files and directories, all of
 * root and of one time, so that the same calls make the same bytes. Errors are
 * left on the stream.
 *
 * Source of the format: POSIX.1-2017, pax, "ustar Interchange Format".
 */
#ifndef TAR_H
#define TAR_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TAR_BLOCK 512
#define TAR_TIME  1700000000 /* modification time of everything */

/* kind is '0' for a file and '5' for a directory, whose path ends in a slash.
 */
static inline void
tar_header(FILE *tar, const char *path, char kind, unsigned mode, uint64_t size)
{
	union {
		struct {
			char name[100], mode[8], uid[8], gid[8], size[12];
			char mtime[12], checksum[8], kind, link[100];
			char magic[6], version[2];
		} is;
		unsigned char bytes[TAR_BLOCK];
	} header = {0};
	unsigned sum = 0;

	snprintf(header.is.name, sizeof header.is.name, "%s", path);
	snprintf(header.is.mode, sizeof header.is.mode, "%07o", mode);
	memcpy(header.is.uid, "0000000", sizeof header.is.uid);
	memcpy(header.is.gid, "0000000", sizeof header.is.gid);
	snprintf(header.is.size, sizeof header.is.size, "%011" PRIo64, size);
	snprintf(header.is.mtime, sizeof header.is.mtime, "%011o", TAR_TIME);
	memset(header.is.checksum, ' ', sizeof header.is.checksum);
	header.is.kind = kind;
	memcpy(header.is.magic, "ustar", sizeof header.is.magic);
	memcpy(header.is.version, "00", sizeof header.is.version);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += header.bytes[i];
	snprintf(header.is.checksum, sizeof header.is.checksum, "%06o", sum);
	fwrite(header.bytes, TAR_BLOCK, 1, tar);
}

/* After the bytes of a file of this size. */
static inline void
tar_pad(FILE *tar, uint64_t size)
{
	static const char zeros[TAR_BLOCK];

	if (size % TAR_BLOCK != 0)
		fwrite(zeros, TAR_BLOCK - size % TAR_BLOCK, 1, tar);
}

static inline void
tar_text(FILE *tar, const char *path, const char *bytes, size_t length)
{
	tar_header(tar, path, '0', 0644, length);
	fwrite(bytes, 1, length, tar);
	tar_pad(tar, length);
}

/* All directories on the way to a file. */
static inline void
tar_parents(FILE *tar, const char *path)
{
	char name[100];
	const char *slash = path;

	while ((slash = strchr(slash, '/')) != NULL) {
		slash++;
		snprintf(name, sizeof name, "%.*s", (int)(slash - path), path);
		tar_header(tar, name, '5', 0755, 0);
	}
}

/* What an archive ends with. */
static inline void
tar_end(FILE *tar)
{
	static const char end[2 * TAR_BLOCK];

	fwrite(end, sizeof end, 1, tar);
}

#endif
