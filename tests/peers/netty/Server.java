import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyHeadersFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySettingsFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyHeadersFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.HashMap;
import java.util.Map;

/** Answers one connection. */
final class Server extends ChannelInboundHandlerAdapter {
    private static final int PIECE = 65536;

    /** A control frame that no version of SPDY defines. */
    private static final byte[] UNKNOWN = {(byte) 0x80, 3, 0x12, 0x34, 0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o'};

    /** An upload under way. */
    private static final class Upload {
        final Body body = new Body();
        final StringBuilder headers = new StringBuilder();
    }

    private final Map<Integer, Upload> uploads = new HashMap<>();
    private int nextPush = 2;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            // A SYN_STREAM is a HEADERS frame as well, to netty.
            if (message instanceof SpdySynStreamFrame) {
                answer(context, (SpdySynStreamFrame) message);
            } else if (message instanceof SpdyHeadersFrame) {
                SpdyHeadersFrame more = (SpdyHeadersFrame) message;
                uploads.get(more.streamId()).headers.append(more.headers().iterator().next().getKey());
            } else if (message instanceof SpdyDataFrame) {
                take(context, (SpdyDataFrame) message);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.flush();
    }

    private void answer(ChannelHandlerContext context, SpdySynStreamFrame request) {
        int id = request.streamId();
        String[] path = request.headers().getAsString(":path").split("/");
        switch (path[1]) {
            case "size":
                reply(context, id, "priority", String.valueOf(request.priority()));
                body(context, id, Integer.parseInt(path[2]));
                break;
            case "upload":
                uploads.put(id, new Upload());
                break;
            case "echo":
                reply(context, id, "x-echo", "yes");
                break;
            case "push":
                push(context, id, "/pushed/1");
                push(context, id, "/pushed/2");
                reply(context, id, "x-pushes", "2");
                body(context, id, 100);
                break;
            case "headers":
                reply(context, id, "x-more", "yes");
                more(context, id, "one");
                context.write(new DefaultSpdyDataFrame(id, Body.piece(0, 100)));
                more(context, id, "two");
                body(context, id, 0);
                break;
            case "abort":
                reply(context, id, "x-abort", "yes");
                context.write(new DefaultSpdyDataFrame(id, Body.piece(0, 10000)));
                context.write(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
                break;
            case "unknown":
                // Past the codec, which encodes at once, so that this comes between two frames.
                context.pipeline().context(SpdyFrameCodec.class).write(Unpooled.wrappedBuffer(UNKNOWN));
                reply(context, id, "x-unknown", "1");
                body(context, id, 100);
                break;
            case "settings":
                settings(context, Integer.parseInt(path[2]));
                reply(context, id, "x-settings", path[2]);
                body(context, id, 10);
                break;
            default:
                context.write(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.REFUSED_STREAM));
        }
    }

    private void take(ChannelHandlerContext context, SpdyDataFrame data) {
        Upload upload = uploads.get(data.streamId());
        if (upload == null) {
            SpdyDataFrame echo = new DefaultSpdyDataFrame(data.streamId(), data.content().retain());
            context.write(echo.setLast(data.isLast()));
            return;
        }
        upload.body.take(data.content());
        if (data.isLast()) {
            DefaultSpdySynReplyFrame reply = new DefaultSpdySynReplyFrame(data.streamId());
            reply.headers().set(":status", "200 OK").set(":version", "HTTP/1.1");
            reply.headers().set("received", String.valueOf(upload.body.length()));
            reply.headers().set("intact", String.valueOf(upload.body.isIntact()));
            reply.headers().set("headers", upload.headers.toString());
            context.write(reply.setLast(true));
            uploads.remove(data.streamId());
        }
    }

    private static void reply(ChannelHandlerContext context, int id, String name, String value) {
        DefaultSpdySynReplyFrame reply = new DefaultSpdySynReplyFrame(id);
        reply.headers().set(":status", "200 OK").set(":version", "HTTP/1.1").set(name, value);
        context.write(reply);
    }

    private static void more(ChannelHandlerContext context, int id, String value) {
        DefaultSpdyHeadersFrame more = new DefaultSpdyHeadersFrame(id);
        more.headers().set("x-more", value);
        context.write(more);
    }

    private static void body(ChannelHandlerContext context, int id, int length) {
        send(context, id, 0, length);
    }

    /** Sends the next piece once the session, which obeys the windows, has sent the one before. */
    static void send(ChannelHandlerContext context, int id, int start, int length) {
        int size = Math.min(PIECE, length - start);
        boolean isLast = start + size == length;
        SpdyDataFrame data = new DefaultSpdyDataFrame(id, Body.piece(start, size));
        context.writeAndFlush(data.setLast(isLast)).addListener(done -> {
            if (done.isSuccess() && !isLast) {
                send(context, id, start + size, length);
            }
        });
    }

    private void push(ChannelHandlerContext context, int parent, String path) {
        int id = nextPush;
        nextPush += 2;
        SpdySynStreamFrame push = new DefaultSpdySynStreamFrame(id, parent, (byte) 3);
        push.setUnidirectional(true);
        push.headers().set(":status", "200 OK").set(":version", "HTTP/1.1").set(":scheme", "http");
        push.headers().set(":host", "localhost").set(":path", path).set("x-pushed", "yes");
        context.write(push);
        body(context, id, 1000);
    }

    private static void settings(ChannelHandlerContext context, int window) {
        SpdySettingsFrame settings = new DefaultSpdySettingsFrame();
        settings.setValue(SpdySettingsFrame.SETTINGS_INITIAL_WINDOW_SIZE, window);
        context.write(settings);
    }
}
