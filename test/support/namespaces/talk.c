// A web server that says who asks, and a client, for guests: the tiny guest's busybox is static and cannot look up addresses. And what is
// written on a card and heard there, whatever it is: `hear` appends the words that begin with MARK, up to a point, to FILE.
//   talk serve PORT WORD    talk ask IP PORT SECONDS    talk frame DEVICE HEX    talk hear DEVICE MARK FILE
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char buf[4096];
  struct sockaddr_in a = {.sin_family = AF_INET};
  socklen_t len = sizeof a;
  int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
  if (argc == 4 && !strcmp(argv[1], "serve")) {
    signal(SIGHUP, SIG_IGN);
    a.sin_port = htons(atoi(argv[2]));
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s, (void *)&a, len) || listen(s, 16)) return 1;
    if (daemon(0, 0)) return 1;
    for (;;) {
      len = sizeof a;
      int c = accept(s, (void *)&a, &len);
      if (c < 0) continue;
      if (read(c, buf, sizeof buf) > 0) {
        int n = snprintf(buf, sizeof buf, "HTTP/1.0 200 OK\r\n\r\n%s %s", argv[3], inet_ntoa(a.sin_addr));
        if (write(c, buf, n) != n) perror("write");
      }
      close(c);
    }
  }
  if (argc == 5 && !strcmp(argv[1], "ask")) {
    struct timeval t = {.tv_sec = atoi(argv[4])};
    const char *get = "GET / HTTP/1.0\r\n\r\n";
    size_t have = 0;
    ssize_t n;
    a.sin_port = htons(atoi(argv[3]));
    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t); // also of the connect
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    if (!inet_aton(argv[2], &a.sin_addr) || connect(s, (void *)&a, len) || write(s, get, strlen(get)) < 0) return 7;
    while (have < sizeof buf - 1 && (n = read(s, buf + have, sizeof buf - 1 - have)) > 0) have += n;
    buf[have] = 0;
    char *body = strstr(buf, "\r\n\r\n");
    if (!body) return 7;
    puts(body + 4);
    return 0;
  }
  if (argc >= 4) {
    struct sockaddr_ll l = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = if_nametoindex(argv[2])};
    int p = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    if (p < 0 || !l.sll_ifindex || bind(p, (void *)&l, sizeof l)) return 1;
    if (argc == 4 && !strcmp(argv[1], "frame")) {
      size_t n = strlen(argv[3]) / 2;
      for (size_t i = 0; i < n && i < sizeof buf; i++) sscanf(argv[3] + 2 * i, "%2hhx", (unsigned char *)buf + i);
      return send(p, buf, n, 0) != (ssize_t)n;
    }
    if (argc == 5 && !strcmp(argv[1], "hear")) {
      FILE *f = fopen(argv[4], "w");
      if (!f || daemon(0, 0)) return 1;
      for (;;) {
        ssize_t n = recv(p, buf, sizeof buf, 0);
        char *at = n > 0 ? memmem(buf, n, argv[3], strlen(argv[3])) : NULL;
        char *end = at ? memchr(at, '.', buf + n - at) : NULL;
        if (end) fprintf(f, "%.*s\n", (int)(end - at), at), fflush(f);
      }
    }
  }
  return 2;
}
