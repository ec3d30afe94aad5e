import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyHeadersFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.HashMap;
import java.util.Map;

/** Makes the requests of one connection, and closes it when all are done. */
final class Client extends ChannelInboundHandlerAdapter {
    /** One request, or a pushed stream. */
    private static final class Exchange {
        final Body body = new Body();
        final StringBuilder more = new StringBuilder();
        String status = "none";
        int pushes;
        int pushed;
        int parent;
    }

    private final Map<Integer, Exchange> exchanges = new HashMap<>();
    private final int count;
    private final String method;
    private final String path;
    private final int size;
    private int done;

    Client(int count, String method, String path, int size) {
        this.count = count;
        this.method = method;
        this.path = path;
        this.size = size;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        for (int i = 0; i < count; i++) {
            request(context, i);
        }
        context.flush();
    }

    private void request(ChannelHandlerContext context, int number) {
        int id = 2 * number + 1;
        exchanges.put(id, new Exchange());
        DefaultSpdySynStreamFrame request = new DefaultSpdySynStreamFrame(id, 0, (byte) (number % 8));
        request.headers().set(":method", method).set(":path", path).set(":scheme", "http");
        request.headers().set(":host", "localhost").set(":version", "HTTP/1.1");
        request.headers().set("x-number", String.valueOf(number));
        context.write(request.setLast(method.equals("GET")));
        if (method.equals("POST")) {
            Server.send(context, id, 0, size);
        } else if (method.equals("ABORT")) {
            context.write(new DefaultSpdyDataFrame(id, Body.piece(0, 10000)));
            context.writeAndFlush(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
            report(context, id);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof SpdySynStreamFrame) {
                SpdySynStreamFrame push = (SpdySynStreamFrame) message;
                Exchange pushed = new Exchange();
                pushed.parent = push.associatedStreamId();
                exchanges.put(push.streamId(), pushed);
                exchanges.get(pushed.parent).pushes++;
            } else if (message instanceof SpdySynReplyFrame) {
                SpdySynReplyFrame reply = (SpdySynReplyFrame) message;
                exchanges.get(reply.streamId()).status = reply.headers().getAsString(":status").split(" ")[0];
                finishIf(context, reply.streamId(), reply.isLast());
            } else if (message instanceof SpdyHeadersFrame) {
                SpdyHeadersFrame headers = (SpdyHeadersFrame) message;
                StringBuilder more = exchanges.get(headers.streamId()).more;
                more.append(more.length() == 0 ? "" : ",").append(headers.headers().getAsString("x-more"));
                finishIf(context, headers.streamId(), headers.isLast());
            } else if (message instanceof SpdyDataFrame) {
                SpdyDataFrame data = (SpdyDataFrame) message;
                exchanges.get(data.streamId()).body.take(data.content());
                finishIf(context, data.streamId(), data.isLast());
            } else if (message instanceof SpdyRstStreamFrame) {
                report(context, ((SpdyRstStreamFrame) message).streamId());
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void finishIf(ChannelHandlerContext context, int id, boolean isLast) {
        if (!isLast) {
            return;
        }
        Exchange parent = exchanges.get(exchanges.get(id).parent);
        if (parent == null) {
            report(context, id);
        } else {
            parent.pushed += exchanges.get(id).body.length();
        }
    }

    private void report(ChannelHandlerContext context, int id) {
        Exchange exchange = exchanges.get(id);
        System.out.printf("done %d status=%s length=%d intact=%b pushes=%d pushed=%d more=%s%n", (id - 1) / 2,
            exchange.status, exchange.body.length(), exchange.body.isIntact(), exchange.pushes, exchange.pushed,
            exchange.more);
        if (++done == count) {
            context.close();
        }
    }
}
