import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdySessionHandler;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Supplier;

/**
 * A peer made of netty's SPDY codec on plain TCP. See ../README.md for the routes and for what is printed.
 *
 * <pre>
 * Peer serve VERSION
 * Peer fetch VERSION PORT COUNT METHOD PATH SIZE
 * </pre>
 */
final class Peer {
    public static void main(String[] arguments) throws Exception {
        NioEventLoopGroup group = new NioEventLoopGroup(1);
        try {
            if (arguments[0].equals("serve")) {
                ServerBootstrap server = new ServerBootstrap().group(group).channel(NioServerSocketChannel.class);
                server.childHandler(pipeline(true, Server::new));
                Channel channel = server.bind(InetAddress.getLoopbackAddress(), 0).sync().channel();
                System.out.println("listening on 127.0.0.1:" + ((InetSocketAddress) channel.localAddress()).getPort());
                channel.closeFuture().sync();
            } else {
                Bootstrap client = new Bootstrap().group(group).channel(NioSocketChannel.class);
                int count = Integer.parseInt(arguments[3]);
                int size = Integer.parseInt(arguments[6]);
                client.handler(pipeline(false, () -> new Client(count, arguments[4], arguments[5], size)));
                int port = Integer.parseInt(arguments[2]);
                client.connect(InetAddress.getLoopbackAddress(), port).sync().channel().closeFuture().sync();
            }
        } finally {
            group.shutdownGracefully();
        }
    }

    private static ChannelHandler pipeline(boolean isServer, Supplier<ChannelHandler> last) {
        return new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
                channel.pipeline().addLast(new SpdySessionHandler(SpdyVersion.SPDY_3_1, isServer));
                channel.pipeline().addLast(last.get());
            }
        };
    }
}
