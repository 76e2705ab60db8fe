/* A path with a fixed one-way delay: two TUN devices, one in each network namespace, and a FIFO each way between them.
 *
 *   delayline NETNS_A NETNS_B DELAY_US      (NETNS_*: paths such as /run/netns/NAME; the devices are called "line0")
 *
 * Packets keep their virtio header, so that the kernel's segmentation offload works across the line and a 10 MB body
 * doesn't cost 7,000 reads. Prints "ready" once both devices exist; ends on SIGTERM, or when standard input closes, so
 * it can't outlive the benchmark. This kernel family may lack netem, hence this program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 8192, PACKET = 65536 + 64 };

struct slot { int64_t due; ssize_t size; unsigned char *bytes; };
struct fifo { struct slot slots[SLOTS]; unsigned head, tail; };

static struct fifo fifos[2];

static void fail(const char *what) { perror(what); exit(1); }

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int open_tun(const char *netns) {
    int ns = open(netns, O_RDONLY | O_CLOEXEC);
    if (ns < 0 || setns(ns, CLONE_NEWNET) < 0) fail(netns);
    close(ns);
    int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tun < 0) fail("/dev/net/tun");
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
    strcpy(request.ifr_name, "line0");
    if (ioctl(tun, TUNSETIFF, &request) < 0) fail("TUNSETIFF");
    if (ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) < 0) fail("TUNSETOFFLOAD");
    return tun;
}

static void take_in(int tun, struct fifo *fifo, int64_t delay) {
    while (fifo->tail - fifo->head < SLOTS) {
        struct slot *slot = &fifo->slots[fifo->tail % SLOTS];
        if (!slot->bytes && !(slot->bytes = malloc(PACKET))) fail("malloc");
        slot->size = read(tun, slot->bytes, PACKET);
        if (slot->size <= 0) return;
        slot->due = now() + delay;
        fifo->tail++;
    }
}

static void let_out(int tun, struct fifo *fifo) {
    while (fifo->head != fifo->tail && fifo->slots[fifo->head % SLOTS].due <= now()) {
        struct slot *slot = &fifo->slots[fifo->head % SLOTS];
        if (write(tun, slot->bytes, slot->size) < 0 && errno == EAGAIN) return;
        fifo->head++;
    }
}

static int64_t next_due(void) {
    int64_t next = INT64_MAX;
    for (int side = 0; side < 2; side++) {
        struct fifo *fifo = &fifos[side];
        if (fifo->head != fifo->tail && fifo->slots[fifo->head % SLOTS].due < next)
            next = fifo->slots[fifo->head % SLOTS].due;
    }
    return next;
}

int main(int argc, char **argv) {
    if (argc != 4) { fprintf(stderr, "usage: delayline NETNS_A NETNS_B DELAY_US\n"); return 2; }
    int tuns[2] = {open_tun(argv[1]), open_tun(argv[2])};
    int64_t delay = atoll(argv[3]) * 1000;
    prctl(PR_SET_TIMERSLACK, 1);
    struct sched_param first = {.sched_priority = 50};
    sched_setscheduler(0, SCHED_FIFO, &first); /* better when permitted, fine without */
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct pollfd polls[3] = {{tuns[0], POLLIN, 0}, {tuns[1], POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
        for (int side = 0; side < 2; side++) /* a full FIFO leaves the rest in the kernel's queue */
            if (fifos[side].tail - fifos[side].head == SLOTS) polls[side].events = 0;
        int64_t wait = next_due() == INT64_MAX ? 1000000000LL : next_due() - now();
        struct timespec until = {wait > 0 ? wait / 1000000000LL : 0, wait > 0 ? wait % 1000000000LL : 0};
        if (ppoll(polls, 3, &until, NULL) < 0 && errno != EINTR) fail("ppoll");
        if (polls[2].revents) return 0;
        for (int side = 0; side < 2; side++) {
            take_in(tuns[side], &fifos[side], delay);
            let_out(tuns[1 - side], &fifos[side]);
        }
    }
}
