/* Many SNMP agents in one process: every address of 127/8 is a device with 48 ports.
 *
 * Answers GET, GETNEXT and GETBULK of v2c from a sorted list of encoded bindings, as quickly as a
 * single socket can, so that a benchmark measures the poller and not the agents.
 *
 *   cc -O2 -o load_agent load_agent.c
 *   load_agent [-p PORT] [-s SILENT_PERCENT] [-m LARGEST_REPLY]
 *
 * Prints its port and serves until it is stopped. Which addresses are silent depends on the
 * address alone: those whose number within 127/8, modulo 100, is below SILENT_PERCENT.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTS = 48, MOST = 4096, BATCH = 64, LONGEST = 65507 };

typedef struct {
    uint8_t name[24];
    int name_octets;
    uint8_t binding[64]; /* SEQUENCE of name and value, whole */
    int binding_octets;
} Entry;

static Entry entries[MOST];
static int count;

static void add(const uint8_t *name, int octets, const uint8_t *value, int value_octets) {
    Entry *e = &entries[count++];
    memcpy(e->name, name, octets);
    e->name_octets = octets;
    uint8_t *b = e->binding;
    *b++ = 0x30;
    *b++ = (uint8_t)(2 + octets + value_octets);
    *b++ = 0x06;
    *b++ = (uint8_t)octets;
    memcpy(b, name, octets);
    memcpy(b + octets, value, value_octets);
    e->binding_octets = 4 + octets + value_octets;
}

/* A column's value: names are strings, octets and packets 64 bits wide, all else 32. */
static int value_of(int high, int column, int port, uint8_t *out) {
    if ((!high && (column == 2 || column == 6)) || (high && (column == 1 || column == 18))) {
        int n = snprintf((char *)out + 2, 30, "ge-0/0/%d", port);
        out[0] = 0x04;
        out[1] = (uint8_t)n;
        return 2 + n;
    }
    if (high && column >= 6 && column <= 13) {
        static const uint8_t counter[8] = {0x46, 6, 0x01, 0x2c, 0x5a, 0x77, 0x10, 0x00};
        memcpy(out, counter, 8);
        out[7] = (uint8_t)port;
        return 8;
    }
    int counter = !high ? column >= 10 && column <= 20 : column <= 5;
    out[0] = counter ? 0x41 : column == 1 || column == 3 || column == 7 || column == 8 ? 0x02 : 0x42;
    out[1] = counter ? 4 : 1;
    if (!counter) {
        out[2] = (uint8_t)(column == 1 ? port : 1);
        return 3;
    }
    out[2] = 0x25, out[3] = 0x66, out[4] = (uint8_t)column, out[5] = (uint8_t)port;
    return 6;
}

static void fill(void) {
    static const uint8_t uptime[] = {0x2b, 6, 1, 2, 1, 1, 3, 0}, ticks[] = {0x43, 3, 1, 2, 3};
    static const uint8_t name[] = {0x2b, 6, 1, 2, 1, 1, 5, 0}, text[] = {0x04, 4, 'l', 'o', 'a', 'd'};
    add(uptime, sizeof uptime, ticks, sizeof ticks);
    add(name, sizeof name, text, sizeof text);
    uint8_t value[40];
    for (int column = 1; column <= 22; column++)
        for (int port = 1; port <= PORTS; port++) {
            uint8_t n[] = {0x2b, 6, 1, 2, 1, 2, 2, 1, (uint8_t)column, (uint8_t)port};
            add(n, sizeof n, value, value_of(0, column, port, value));
        }
    for (int column = 1; column <= 19; column++)
        for (int port = 1; port <= PORTS; port++) {
            uint8_t n[] = {0x2b, 6, 1, 2, 1, 31, 1, 1, 1, (uint8_t)column, (uint8_t)port};
            add(n, sizeof n, value, value_of(1, column, port, value));
        }
}

/* All numbers here are below 128, so that the order of octets is the order of names. */
static int compare(const uint8_t *a, int na, const uint8_t *b, int nb) {
    int c = memcmp(a, b, na < nb ? na : nb);
    return c ? c : na - nb;
}

/* The first entry after a name, or with `equal` the first that is not before it. */
static int search(const uint8_t *name, int octets, int equal) {
    int low = 0, high = count;
    while (low < high) {
        int middle = (low + high) / 2;
        int c = compare(entries[middle].name, entries[middle].name_octets, name, octets);
        if (c < 0 || (!equal && c == 0)) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* Header at *at: returns the length of the content, moves *at to it; -1 when it is broken. */
static int part(const uint8_t *p, int *at, int end) {
    if (*at + 2 > end) return -1;
    int length = p[*at + 1];
    *at += 2;
    if (length >= 0x80) {
        int size = length & 0x7f;
        if (size < 1 || size > 2 || *at + size > end) return -1;
        for (length = 0; size--;) length = length << 8 | p[(*at)++];
    }
    return *at + length > end ? -1 : length;
}

static uint8_t *header(uint8_t *out, int tag, int length) {
    *out++ = (uint8_t)tag;
    *out++ = 0x82;
    *out++ = (uint8_t)(length >> 8);
    *out++ = (uint8_t)length;
    return out;
}

static int bind_none(uint8_t *out, const uint8_t *name, int octets, int tag) {
    out[0] = 0x30, out[1] = (uint8_t)(octets + 4), out[2] = 0x06, out[3] = (uint8_t)octets;
    memcpy(out + 4, name, octets);
    out[4 + octets] = (uint8_t)tag, out[5 + octets] = 0;
    return octets + 6;
}

static int answer(const uint8_t *p, int size, uint8_t *out, int largest) {
    int at = 0, length, end;
    if ((length = part(p, &at, size)) < 0) return 0;
    end = at + length;
    int head = at;
    if ((length = part(p, &at, end)) != 1 || p[at] != 1) return 0;
    at += length;
    if ((length = part(p, &at, end)) < 0) return 0;
    at += length;
    int head_octets = at - head, kind = p[at];
    if (part(p, &at, end) < 0) return 0;
    int id = at;
    if ((length = part(p, &at, end)) < 0) return 0;
    at += length;
    int id_octets = at - id, figures[2];
    for (int i = 0; i < 2; i++) {
        if ((length = part(p, &at, end)) < 0) return 0;
        for (figures[i] = 0; length--;) figures[i] = figures[i] << 8 | p[at++];
    }
    if (part(p, &at, end) < 0) return 0;
    const uint8_t *names[256];
    int octets[256], place[256], asked = 0;
    while (at < end && asked < 256) {
        if ((length = part(p, &at, end)) < 0) return 0;
        int next = at + length;
        if ((length = part(p, &at, end)) < 0) return 0;
        names[asked] = p + at;
        octets[asked++] = length;
        at = next;
    }
    static uint8_t bound[LONGEST];
    int used = 0, room = largest - 80;
    int single = kind == 0xa5 ? figures[0] : asked, rows = kind == 0xa5 ? figures[1] : 0;
    for (int i = 0; i < asked; i++) place[i] = search(names[i], octets[i], kind == 0xa0);
    for (int row = 0; row < (rows > 1 ? rows : 1); row++)
        for (int i = row ? single : 0; i < (row || rows ? asked : single); i++) {
            const Entry *e = &entries[place[i]];
            if (used + 64 > room) goto full;
            int exact = place[i] < count && (kind != 0xa0 || (e->name_octets == octets[i] &&
                                             !memcmp(e->name, names[i], octets[i])));
            if (exact) {
                memcpy(bound + used, e->binding, e->binding_octets);
                used += e->binding_octets;
                place[i]++;
            } else
                used += bind_none(bound + used, names[i], octets[i], kind == 0xa0 ? 0x81 : 0x82);
        }
full:;
    uint8_t *o = header(out, 0x30, head_octets + 4 + id_octets + 6 + 4 + used);
    memcpy(o, p + head, head_octets);
    o = header(o + head_octets, 0xa2, id_octets + 6 + 4 + used);
    memcpy(o, p + id, id_octets);
    o += id_octets;
    memcpy(o, "\x02\x01\x00\x02\x01\x00", 6);
    o = header(o + 6, 0x30, used);
    memcpy(o, bound, used);
    return (int)(o + used - out);
}

int main(int argc, char **argv) {
    int port = 0, silent = 0, largest = 1400, option;
    while ((option = getopt(argc, argv, "p:s:m:")) != -1) {
        if (option == 'p') port = atoi(optarg);
        else if (option == 's') silent = atoi(optarg);
        else if (option == 'm') largest = atoi(optarg);
        else return 2;
    }
    if (largest > LONGEST) largest = LONGEST;
    fill();
    int s = socket(AF_INET, SOCK_DGRAM, 0), on = 1, buffer = 64 << 20;
    setsockopt(s, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    if (setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer))
        setsockopt(s, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t here_octets = sizeof here;
    if (bind(s, (struct sockaddr *)&here, sizeof here)) return perror("bind"), 1;
    getsockname(s, (struct sockaddr *)&here, &here_octets);
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);
    static uint8_t in[BATCH][2048], out[BATCH][LONGEST];
    static char control[BATCH][64];
    struct mmsghdr got[BATCH], sent[BATCH];
    struct sockaddr_in from[BATCH];
    struct iovec in_io[BATCH], out_io[BATCH];
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            in_io[i] = (struct iovec){in[i], sizeof in[i]};
            got[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i],
                .msg_iov = &in_io[i], .msg_iovlen = 1,
                .msg_control = control[i], .msg_controllen = sizeof control[i]};
        }
        int n = recvmmsg(s, got, BATCH, MSG_WAITFORONE, NULL), replies = 0;
        for (int i = 0; i < n; i++) {
            struct msghdr *h = &got[i].msg_hdr;
            struct cmsghdr *c = CMSG_FIRSTHDR(h);
            if (!c || c->cmsg_type != IP_PKTINFO) continue;
            struct in_pktinfo *to = (struct in_pktinfo *)CMSG_DATA(c);
            if (ntohl(to->ipi_addr.s_addr) % (1 << 24) % 100 < (unsigned)silent) continue;
            int size = answer(in[i], (int)got[i].msg_len, out[i], largest);
            if (!size) continue;
            to->ipi_spec_dst = to->ipi_addr; /* the reply leaves from the address that was asked */
            to->ipi_ifindex = 0;
            out_io[i] = (struct iovec){out[i], (size_t)size};
            sent[replies].msg_hdr = *h;
            sent[replies].msg_hdr.msg_iov = &out_io[i];
            sent[replies++].msg_hdr.msg_controllen = CMSG_SPACE(sizeof *to);
        }
        for (int done = 0; done < replies;) {
            int k = sendmmsg(s, sent + done, (unsigned)(replies - done), 0);
            done += k > 0 ? k : 1;
        }
    }
}
