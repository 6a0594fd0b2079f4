// Many clients who are in no hurry.
//
//   slow-clients PORT CLIENTS MANNER INTERVAL_MS SECONDS PATH ADDRESSES RATE [HEADER]
//
// MANNER is `header` or `body` (one byte of it every INTERVAL_MS; whoever is cut off comes back), `idle` (a whole
// request, its answer, then nothing), or `deaf` (a whole request, whose answer is never read). The clients connect
// from 127.0.1.1 and the ADDRESSES - 1 that follow it, RATE of them a second; HEADER is a line that each request
// carries. Prints a line with OPEN once all are there, one with TOLD once as many answers of 408 have come as there are
// clients, and a line of JSON when SECONDS are over or SIGTERM comes.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER, BODY, IDLE, DEAF };
enum { TICK_MS = 10, EVENTS = 512 };

struct client {
    int socket;
    int is_there;  // connected, and answered where an answer comes first
    uint64_t since;
    size_t received;
    char answer[32];
};

static volatile sig_atomic_t is_over;
static int manner, poll_set, port, addresses;
static char request[1024];
static size_t request_size;
static uint64_t opened, cut, answers_200, answers_408, answers_other, longest_ms;
static int there;

static void stop(int number) {
    (void)number;
    is_over = 1;
}

static uint64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void open_client(struct client *clients, int number) {
    struct client *client = &clients[number];
    int one = 1, small = 4096;
    *client = (struct client){.socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), .since = now_ms()};
    if (client->socket < 0) fail("socket");
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(0x7f000101u + (uint32_t)(number % addresses))};
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(client->socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(client->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (manner == DEAF) setsockopt(client->socket, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (bind(client->socket, (struct sockaddr *)&from, sizeof from)) fail("bind");
    if (connect(client->socket, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) fail("connect");
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = (uint32_t)number};
    if (epoll_ctl(poll_set, EPOLL_CTL_ADD, client->socket, &event)) fail("epoll_ctl");
    opened++;
}

static void close_client(struct client *client) {
    uint64_t life = now_ms() - client->since;
    if (life > longest_ms) longest_ms = life;
    int status = client->received > 12 ? atoi(client->answer + 9) : 0;
    if (status == 0) cut++;
    else if (status == 408) answers_408++;
    else if (status != 200) answers_other++;
    there -= client->is_there;
    close(client->socket);
    client->socket = -1;
}

// The connection stands: the request leaves, whole or in part.
static void begin(struct client *client, int number) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client->socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error || send(client->socket, request, request_size, MSG_NOSIGNAL) != (ssize_t)request_size) {
        close_client(client);
        return;
    }
    // Whoever never reads does not want to know what there is to read either.
    struct epoll_event event = {.events = manner == DEAF ? 0 : EPOLLIN, .data.u32 = (uint32_t)number};
    epoll_ctl(poll_set, EPOLL_CTL_MOD, client->socket, &event);
    if (manner != IDLE) {
        client->is_there = 1;
        there++;
    }
}

static void take(struct client *client) {
    char bytes[16384];
    ssize_t count = recv(client->socket, bytes, sizeof bytes, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
        close_client(client);
        return;
    }
    for (ssize_t index = 0; index < count && client->received < sizeof client->answer - 1; index++)
        client->answer[client->received++] = bytes[index];
    if (manner == IDLE && !client->is_there && client->received > 12) {
        if (atoi(client->answer + 9) == 200) answers_200++;
        client->is_there = 1;
        there++;
    }
}

static void report(void) {
    printf("{\"opened\":%lu,\"there\":%d,\"cut\":%lu,\"answers_200\":%lu,\"answers_408\":%lu,"
           "\"answers_other\":%lu,\"longest_ms\":%lu}\n",
           opened, there, cut, answers_200, answers_408, answers_other, longest_ms);
}

int main(int count, char **words) {
    if (count < 9 || count > 10) {
        fprintf(stderr, "usage: slow-clients PORT CLIENTS MANNER INTERVAL_MS SECONDS PATH ADDRESSES RATE [HEADER]\n");
        return 2;
    }
    port = atoi(words[1]);
    int number_of_clients = atoi(words[2]), interval = atoi(words[4]);
    static const char *manners[] = {"header", "body", "idle", "deaf"};
    for (manner = HEADER; manner <= DEAF && strcmp(words[3], manners[manner]); manner++) {}
    if (manner > DEAF || interval < TICK_MS || number_of_clients < 1) return 2;
    addresses = atoi(words[7]);
    int rate = atoi(words[8]);
    static const char *methods[] = {"GET", "POST", "GET", "GET"};
    static const char *ends[] = {"X-Slow: a", "Content-Length: 1000000\r\n\r\n", "\r\n", "\r\n"};
    request_size = (size_t)snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: plant\r\n%s%s%s", methods[manner],
                                    words[6], count > 9 ? words[9] : "", count > 9 ? "\r\n" : "", ends[manner]);
    if (request_size >= sizeof request) return 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGTERM, stop);
    signal(SIGPIPE, SIG_IGN);

    struct client *clients = calloc((size_t)number_of_clients, sizeof *clients);
    poll_set = epoll_create1(EPOLL_CLOEXEC);
    if (!clients || poll_set < 0) fail("no room");
    for (int number = 0; number < number_of_clients; number++) clients[number].socket = -1;
    uint64_t begin_ms = now_ms(), end_ms = begin_ms + (uint64_t)(atof(words[5]) * 1000), next_tick = begin_ms;
    int next_opened = 0, next_sent = 0, is_reported = 0, is_told = 0;
    double owed = 0, may_open = 0;
    while (!is_over && now_ms() < end_ms) {
        if (now_ms() >= next_tick) {
            next_tick += TICK_MS;
            // Each in turn, so many a tick that all are done in an interval.
            may_open += (double)rate * TICK_MS / 1000;
            for (int tried = 0; tried < number_of_clients && may_open >= 1; tried++) {
                // Those who wait do not come back.
                if (manner >= IDLE && opened >= (uint64_t)number_of_clients) break;
                int number = next_opened;
                next_opened = (next_opened + 1) % number_of_clients;
                if (clients[number].socket >= 0) continue;
                open_client(clients, number);
                may_open--;
            }
            // Whoever is not due back leaves no right to a crowd later.
            if (may_open > 1) may_open = 1;
            owed += (double)number_of_clients * TICK_MS / interval;
            for (; manner <= BODY && owed >= 1; owed--) {
                struct client *client = &clients[next_sent];
                next_sent = (next_sent + 1) % number_of_clients;
                // An answer that is there already is read where it is waited for.
                if (client->socket >= 0 && client->is_there) send(client->socket, "a", 1, MSG_NOSIGNAL);
            }
            if (!is_reported && there == number_of_clients) {
                printf("OPEN\n");
                fflush(stdout);
                is_reported = 1;
            }
            if (!is_told && answers_408 >= (uint64_t)number_of_clients) {
                printf("TOLD\n");
                fflush(stdout);
                is_told = 1;
            }
        }
        struct epoll_event events[EVENTS];
        int64_t rest = (int64_t)(next_tick - now_ms());
        int found = epoll_wait(poll_set, events, EVENTS, rest > 0 ? (int)rest : 0);
        for (int index = 0; index < found; index++) {
            int number = (int)events[index].data.u32;
            struct client *client = &clients[number];
            if (client->socket < 0) continue;
            if (events[index].events & EPOLLOUT) begin(client, number);
            else if (manner == DEAF) close_client(client);
            else take(client);
        }
    }
    report();
    return 0;
}
