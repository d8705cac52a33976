package org.postern.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * An authoritative DNS server over real UDP and TCP on the loopback address. It answers as told by
 * the name that is asked for; of names below {@code example.} that it knows nothing of it says that
 * there are none.
 */
public final class FakeDns implements AutoCloseable {
    /** What is answered to a question; null for nothing. */
    private final Map<Name, UnaryOperator<Message>> answers = new LinkedHashMap<>();

    private final Map<Name, List<Record>> records = new LinkedHashMap<>();
    private final DatagramSocket udp;
    private final ServerSocket tcp;

    /** Whether an answer over TCP comes byte by byte, and has the most that an answer may have. */
    volatile boolean trickles;

    /** What was asked, with the transport. */
    final List<String> asked = new CopyOnWriteArrayList<>();

    /** Begins to serve. */
    public FakeDns() throws IOException {
        tcp = new ServerSocket(0, 20, InetAddress.getLoopbackAddress());
        udp = new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress());
        thread(this::datagrams);
        thread(this::connections);
    }

    /** Where it is, as it is given to a command. */
    public String server() {
        return DnsServer.text((InetSocketAddress) tcp.getLocalSocketAddress());
    }

    InetSocketAddress address() {
        return (InetSocketAddress) tcp.getLocalSocketAddress();
    }

    /** Has records, each as in a zone file: owner, type and data. */
    public FakeDns has(String... lines) {
        for (String line : lines) {
            String[] parts = line.split(" ", 3);
            try {
                Name owner = name(parts[0]);
                records.computeIfAbsent(owner, any -> new ArrayList<>())
                        .add(
                                Record.fromString(
                                        owner,
                                        Type.value(parts[1]),
                                        DClass.IN,
                                        60,
                                        parts[2],
                                        Name.root));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return this;
    }

    /** Answers questions for a name so; null for not at all. */
    FakeDns answers(String name, UnaryOperator<Message> answer) {
        answers.put(name(name), answer);
        return this;
    }

    /** Answers questions for a name with a code only. */
    public FakeDns fails(String name, int code) {
        return answers(
                name,
                reply -> {
                    reply.getHeader().setRcode(code);
                    return reply;
                });
    }

    static Name name(String text) {
        try {
            return Name.fromString(text, Name.root);
        } catch (TextParseException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static void thread(Runnable run) {
        Thread thread = new Thread(run, "fake-dns");
        thread.setDaemon(true);
        thread.start();
    }

    private void datagrams() {
        byte[] bytes = new byte[4096];
        while (!udp.isClosed()) {
            DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
            try {
                udp.receive(packet);
                byte[] data = java.util.Arrays.copyOf(bytes, packet.getLength());
                Message query = new Message(data);
                Message reply = reply(query, "udp");
                if (reply != null) {
                    byte[] out =
                            reply.toWire(
                                    query.getOPT() == null ? 512 : query.getOPT().getPayloadSize());
                    udp.send(new DatagramPacket(out, out.length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                continue; // no question, or the test is over
            }
        }
    }

    private void connections() {
        while (!tcp.isClosed()) {
            try (Socket socket = tcp.accept()) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                byte[] data = new byte[in.readUnsignedShort()];
                in.readFully(data);
                Message reply = reply(new Message(data), "tcp");
                if (trickles) {
                    trickle(socket);
                } else if (reply != null) {
                    byte[] out = reply.toWire(Message.MAXLENGTH);
                    DataOutputStream to = new DataOutputStream(socket.getOutputStream());
                    to.writeShort(out.length);
                    to.write(out);
                }
            } catch (IOException e) {
                continue; // no question, or the test is over
            }
        }
    }

    private static void trickle(Socket socket) throws IOException {
        socket.getOutputStream().write(new byte[] {-1, -1});
        while (true) {
            socket.getOutputStream().write(0);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private Message reply(Message query, String transport) {
        Record question = query.getQuestion();
        asked.add(transport + " " + Type.string(question.getType()) + " " + question.getName());
        Message reply = new Message(query.getHeader().getID());
        reply.getHeader().setFlag(Flags.QR);
        reply.getHeader().setFlag(Flags.AA);
        reply.addRecord(question, Section.QUESTION);
        UnaryOperator<Message> answer = answers.get(question.getName());
        if (answer != null) {
            return answer.apply(reply);
        }
        List<Record> its = records.get(question.getName());
        if (its == null) {
            reply.getHeader()
                    .setRcode(
                            question.getName().subdomain(name("example"))
                                    ? Rcode.NXDOMAIN
                                    : Rcode.REFUSED);
        } else {
            its.stream()
                    .filter(r -> r.getType() == question.getType() || r.getType() == Type.CNAME)
                    .forEach(r -> reply.addRecord(r, Section.ANSWER));
        }
        if (reply.getSection(Section.ANSWER).isEmpty() && reply.getRcode() != Rcode.REFUSED) {
            reply.addRecord(soa(), Section.AUTHORITY);
        }
        return reply;
    }

    private static Record soa() {
        Name zone = name("example");
        return new SOARecord(zone, DClass.IN, 60, zone, zone, 1, 60, 60, 60, 60);
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
