/* How a child is made: as fast as this kernel can. */
#include "wl-run-child.h"

#include <errno.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *start_method = "none", *exit_method = "none";

const char *
process_start_method(void)
{
	return start_method;
}

const char *
process_exit_method(void)
{
	return exit_method;
}

/*
 * To copy our memory for the child, and to give up the copy in execve, which is
 * measured, takes a sixth of the time of a child that does nothing. So, as in
 * posix_spawn, it begins in our memory, on a stack of its own, while we wait.
 * After clone3 that takes assembler; where there is none, the memory is copied.
 * The sanitizers know only stacks that they have seen made.
 */
#if defined __x86_64__ && defined __LP64__ && !defined SANITIZED
#define IN_OUR_MEMORY " in our memory"

static void
share_memory(struct clone_args *args)
{
	static char stack[64 << 10] __attribute__((aligned(16)));

	args->flags |= CLONE_VM;
	args->stack = (uintptr_t)stack;
	args->stack_size = sizeof stack;
}

/* In the child calls `run`, which does not return. A system call's result. */
static long
clone_to(struct clone_args *args, void (*run)(const void *), const void *what)
{
	register void (*call)(const void *) __asm__("r8") = run;
	register const void *argument __asm__("r9") = what;
	long result;

	/* The kernel keeps all registers but rax, rcx and r11. */
	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r9, %%rdi\n\t"
			 "call *%%r8\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(result)
			 : "a"(SYS_clone3), "D"(args), "S"(sizeof *args),
			 "r"(call), "r"(argument)
			 : "rcx", "r11", "memory", "cc");
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}
#else
#define IN_OUR_MEMORY ""

static void
share_memory(struct clone_args *args)
{
	(void)args;
}

static long
clone_to(struct clone_args *args, void (*run)(const void *), const void *what)
{
	long result = syscall(SYS_clone3, args, sizeof *args);

	if (result == 0)
		run(what);
	return result;
}
#endif

/*
 * CLONE_VFORK: we wait until the child has called execve, so that its start
 * costs us nothing later. The steps down are for old kernels, for groups that
 * we may not use, and for emulators.
 */
pid_t
start_child(void (*run)(const void *), const void *what, int *pidfd)
{
	struct clone_args args = {
	    .flags = CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
	    .pidfd = (uintptr_t)pidfd,
	    .exit_signal = SIGCHLD,
	};
	long pid;

	*pidfd = -1;
	exit_method = "pidfd";
	/* Who is killed for want of memory takes along who shares his. */
	if (!limits_are_on())
		share_memory(&args);
	if (cgroup_trial() >= 0) {
		start_method = "clone3" IN_OUR_MEMORY " into a cgroup";
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (unsigned)cgroup_trial();
		pid = clone_to(&args, run, what);
		if (pid >= 0 || errno == EAGAIN || errno == ENOMEM ||
		    limits_are_on())
			return (pid_t)pid;
		args.flags &= ~(uint64_t)CLONE_INTO_CGROUP;
		args.cgroup = 0; /* Linux 5.5 wants 0 where it knows no field */
		cgroup_without_v2();
	}
	start_method = "clone3" IN_OUR_MEMORY;
	pid = clone_to(&args, run, what);
	if (pid >= 0 || (errno != ENOSYS && errno != EINVAL && errno != EPERM))
		return (pid_t)pid;
	start_method = "fork";
	pid = fork();
	if (pid == 0)
		run(what);
	if (pid > 0)
		*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pid > 0 && *pidfd < 0)
		exit_method = "SIGCHLD";
	return (pid_t)pid;
}
